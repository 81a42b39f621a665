{{ config(meta={'dagster': {'ref': {'name': 'quote_sales'}}}) }}

-- Returns the orders named by quotes whose lines, or those of their invoices, do not each count exactly once.
with linked as (

    select
        order_id,
        sum(order_lines + other_currency_order_lines) as order_lines,
        sum(sales_lines + other_currency_sales_lines) as sales_lines
    from {{ ref('quote_sales') }}
    group by order_id

),

-- Looked up by the index on order_id, as few sales come from quotes.
expected as (

    select
        linked.*,
        (
            select count(*)
            from {{ ref('fct_orders') }} as orders
            where orders.order_id = linked.order_id and orders.status not in ('draft', 'cancelled')
        ) as expected_order_lines,
        (
            select count(*)
            from {{ ref('fct_sales') }} as sales
            where sales.order_id = linked.order_id
        ) as expected_sales_lines
    from linked

),

final as (

    select * from expected
    where order_lines <> expected_order_lines or sales_lines <> expected_sales_lines

)

select * from final
