with source as (

    select * from {{ source('raw', 'sales') }}

),

final as (

    select
        invoice_id,
        line_no,
        invoice_date,
        document_type,
        customer_id,
        branch_id,
        product_id,
        description,
        quantity,
        unit_price,
        discount_percent,
        net_amount,
        tax_amount,
        cost_amount,
        currency,
        sales_rep_id,
        channel,
        warehouse_id,
        order_id,
        ship_to_country,
        {{ lineage() }}
    from source

)

select * from final
