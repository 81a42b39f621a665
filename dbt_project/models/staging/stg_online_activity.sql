with source as (

    select * from {{ source('raw', 'online_activity') }}

),

final as (

    select
        event_id,
        occurred_at,
        kind,
        customer_id,
        email,
        product_id,
        search_term,
        order_id,
        session_id,
        {{ lineage() }}
    from source

)

select * from final
