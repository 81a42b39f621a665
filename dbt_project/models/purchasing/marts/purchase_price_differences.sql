{{ config(materialized='view') }}

with lines as (

    select * from {{ ref('int_purchase_order_lines') }}

),

compared as (

    select
        *,
        confirmed_unit_price - ordered_unit_price as confirmed_difference,
        invoiced_unit_price - ordered_unit_price as invoiced_difference,
        case
            when order_line_no = 0 then invoiced_amount
            else invoiced_amount - round(invoiced_quantity * ordered_unit_price, 6)
        end as invoiced_difference_amount
    from lines
    where not is_test

),

final as (

    select
        deal_id,
        order_line_no,
        supplier_sku,
        supplier_id,
        supplier_name,
        product_key,
        description,
        ordered_at,
        ordered_quantity,
        confirmed_quantity,
        dispatched_quantity,
        invoiced_quantity,
        ordered_unit_price,
        confirmed_unit_price,
        invoiced_unit_price,
        confirmed_difference,
        invoiced_difference,
        invoiced_difference_amount,
        currency
    from compared
    where
        confirmed_difference <> 0
        or invoiced_difference <> 0
        or (order_line_no = 0 and invoiced_quantity is not null)

)

select * from final
