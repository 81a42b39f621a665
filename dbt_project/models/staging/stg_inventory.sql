with source as (

    select * from {{ source('raw', 'inventory') }}

),

final as (

    select
        sku,
        warehouse_id,
        quantity_available,
        quantity_on_order,
        eta,
        backorder_allowed,
        backorder_limit,
        {{ lineage() }}
    from source

)

select * from final
