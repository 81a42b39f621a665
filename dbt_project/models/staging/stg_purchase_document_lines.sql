with source as (

    select * from {{ source('raw', 'purchase_document_lines') }}

),

final as (

    select
        document_id,
        line_no,
        line_item_id,
        order_id,
        order_line_item_id,
        supplier_order_id,
        supplier_sku,
        puid,
        ean,
        manufacturer_sku,
        sku,
        description,
        quantity,
        order_unit,
        unit_price,
        price_quantity,
        net_amount,
        tax_percent,
        tax_amount,
        delivery_from,
        delivery_until,
        agreement_id,
        serial_numbers,
        note,
        {{ lineage() }}
    from source

)

select * from final
