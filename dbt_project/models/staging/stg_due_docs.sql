with source as (

    select * from {{ source('raw', 'due_docs') }}

),

final as (

    select
        doc_id,
        doc_type,
        customer_id,
        branch_id,
        issued_on,
        due_on,
        amount,
        open_amount,
        currency,
        settled_on,
        is_disputed,
        {{ lineage() }}
    from source

)

select * from final
