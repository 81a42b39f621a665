with source as (

    select * from {{ source('raw', 'purchase_requisitions') }}

),

final as (

    select
        requisition_id,
        line_no,
        requested_at,
        status,
        supplier_id,
        supplier_sku,
        supplier_item_id,
        puid,
        ean,
        manufacturer_sku,
        sku,
        description,
        quantity,
        order_unit,
        unit_price,
        net_amount,
        currency,
        agreement_id,
        agreement_starts_on,
        agreement_ends_on,
        quotation_id,
        end_customer,
        deliver_on,
        order_id,
        customer_id,
        ship_to_name,
        ship_to_name_2,
        ship_to_contact,
        ship_to_street,
        ship_to_city,
        ship_to_postal_code,
        ship_to_country_code,
        ship_to_phone,
        ship_to_email,
        note,
        line_note,
        {{ lineage() }}
    from source

)

select * from final
