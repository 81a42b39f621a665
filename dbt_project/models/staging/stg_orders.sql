with source as (

    select * from {{ source('raw', 'orders') }}

),

final as (

    select
        order_id,
        line_no,
        placed_at,
        channel,
        status,
        customer_id,
        sku,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        shipping_amount,
        tax_amount,
        currency,
        ship_to_address_id,
        email,
        note,
        {{ lineage() }}
    from source

)

select * from final
