{{ config(materialized='view') }}

with orders as (

    select * from {{ ref('fct_purchase_orders') }}

),

lines as (

    select * from {{ ref('int_purchase_order_lines') }}

),

open_lines as (

    select * from lines
    where open_quantity > 0

),

with_lines as (

    select distinct deal_id from lines
    where order_line_no > 0

),

final as (

    select
        coalesce(open_lines.deal_id, orders.deal_id) as deal_id,
        coalesce(open_lines.order_line_no, 0) as order_line_no,
        coalesce(open_lines.supplier_sku, {{ unknown() }}) as supplier_sku,
        orders.own_order_id,
        orders.requisition_id,
        coalesce(open_lines.supplier_id, orders.supplier_id) as supplier_id,
        coalesce(open_lines.supplier_name, orders.supplier_name) as supplier_name,
        orders.status,
        orders.status_text,
        open_lines.ordered_at,
        coalesce(open_lines.product_key, {{ unknown() }}) as product_key,
        open_lines.description,
        open_lines.order_unit,
        open_lines.ordered_quantity,
        open_lines.confirmed_quantity,
        open_lines.dispatched_quantity,
        open_lines.invoiced_quantity,
        open_lines.open_quantity,
        open_lines.open_amount,
        open_lines.currency,
        open_lines.delivery_from,
        open_lines.delivery_until
    from open_lines
    full join orders
        on open_lines.deal_id = orders.deal_id
    left join with_lines
        on orders.deal_id = with_lines.deal_id
    where
        open_lines.deal_id is not null
        or (with_lines.deal_id is null and not orders.is_archived and not orders.is_test)

)

select * from final
