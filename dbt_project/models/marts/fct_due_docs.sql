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

import_log as (

    select * from {{ ref('import_log') }}

),

-- A document that the latest list lacks is no longer due, whatever was open of it when it was last standing.
standing as (

    select
        due_docs.*,
        case when due_docs.is_deleted then 0 else due_docs.open_amount end as still_open_amount,
        case
            when due_docs.is_deleted then coalesce(import_log.file_date, {{ business_day('due_docs.deleted_at') }})
        end as left_on
    from due_docs
    left join import_log
        on due_docs.file_id = import_log.file_id

),

final as (

    select
        standing.doc_id,
        standing.doc_type,
        coalesce(customers.customer_key, {{ unknown() }}) as customer_key,
        standing.customer_id,
        standing.issued_on,
        standing.due_on,
        standing.settled_on,
        standing.amount,
        standing.still_open_amount as open_amount,
        standing.open_amount as last_open_amount,
        standing.currency,
        standing.is_deleted,
        standing.left_on,
        standing.still_open_amount <> 0 as is_open,
        case
            when standing.still_open_amount <> 0 then greatest({{ as_of() }} - standing.due_on, 0)
            else 0
        end as days_overdue,
        standing.is_disputed,
        {{ as_of() }} as as_of,
        standing.source_name,
        standing.file_id,
        standing.row_number,
        standing.updated_at
    from standing
    left join customers
        on standing.customer_id = customers.customer_id

)

select * from final
