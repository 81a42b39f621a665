with source as (

    select * from {{ source('raw', 'supplier_products') }}

),

final as (

    select
        puid,
        ean,
        manufacturer_sku,
        manufacturer_id,
        manufacturer_name,
        name,
        short_description,
        description,
        marketing_text,
        selling_points,
        features,
        package_contents,
        warranty_text,
        category_id,
        product_line,
        product_model,
        customs_tariff_number,
        unspsc,
        eclass,
        gross_weight_kg,
        gross_length,
        gross_height,
        gross_width,
        list_price,
        currency,
        energy_efficiency_class,
        datasheet_urls,
        image_urls,
        url,
        listed_at,
        accessories,
        attributes,
        {{ lineage() }}
    from source

)

select * from final
