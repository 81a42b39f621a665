with source as (

    select * from {{ source('raw', 'supplier_offers') }}

),

final as (

    select
        supplier_item_id,
        puid,
        supplier_id,
        supplier_name,
        supplier_sku,
        ean,
        manufacturer_sku,
        name,
        description,
        condition_id,
        price,
        price_calc,
        currency,
        tax_percent,
        list_price,
        copyright_levy,
        price_updated_at,
        stock,
        external_stock,
        incoming_stock,
        availability_code,
        availability_text,
        available_on,
        stock_updated_at,
        scale_prices,
        projects,
        order_unit,
        content_unit,
        content_quantity,
        price_quantity,
        min_order_qty,
        order_increment,
        packing_quantity,
        is_end_of_life,
        is_special_offer,
        promotion,
        match_quality,
        country_of_origin,
        customs_tariff_number,
        warranty_text,
        url,
        {{ lineage() }}
    from source

)

select * from final
