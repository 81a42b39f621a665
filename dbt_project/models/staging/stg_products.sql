with source as (

    select * from {{ source('raw', 'products') }}

),

final as (

    select
        system_id,
        product_id,
        sku,
        name,
        description,
        brand,
        family_id,
        category_id,
        collection_ids,
        barcode,
        manufacturer_sku,
        unit,
        list_price,
        cost_price,
        currency,
        min_order_qty,
        order_increment,
        status,
        superseded_by_product_id,
        media_urls,
        attributes,
        {{ lineage() }}
    from source

)

select * from final
