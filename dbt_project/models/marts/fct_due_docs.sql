{{ config(indexes=[
    {'columns': ['doc_id']},
    {'columns': ['due_on']},
    {'columns': ['customer_key']},
]) }}

with due_docs as (

    select * from {{ ref('stg_due_docs') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

final as (

    select
        due_docs.doc_id,
        due_docs.doc_type,
        coalesce(customers.customer_key, {{ unknown() }}) as customer_key,
        due_docs.customer_id,
        due_docs.issued_on,
        due_docs.due_on,
        due_docs.settled_on,
        due_docs.amount,
        due_docs.open_amount,
        due_docs.currency,
        due_docs.open_amount <> 0 as is_open,
        case
            when due_docs.open_amount <> 0 then greatest({{ as_of() }} - due_docs.due_on, 0)
            else 0
        end as days_overdue,
        due_docs.is_disputed,
        {{ as_of() }} as as_of,
        due_docs.source_name,
        due_docs.file_id,
        due_docs.row_number,
        due_docs.updated_at
    from due_docs
    left join customers
        on due_docs.customer_id = customers.customer_id
    where not due_docs.is_deleted

)

select * from final
