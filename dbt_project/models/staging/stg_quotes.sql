with source as (

    select * from {{ source('raw', 'quotes') }}

),

final as (

    select
        quote_id,
        line_no,
        quoted_on,
        valid_until,
        customer_id,
        product_id,
        description,
        quantity,
        unit_price,
        net_amount,
        currency,
        status,
        decided_on,
        lost_reason,
        sales_rep_id,
        order_id,
        {{ lineage() }}
    from source

)

select * from final
