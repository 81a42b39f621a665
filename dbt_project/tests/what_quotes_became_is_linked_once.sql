{{ config(meta={'dagster': {'ref': {'name': 'quote_sales'}}}) }}

-- Returns the orders that quotes name whose lines of orders or sales do not each count with one line of a quote.
with linked as (

    select
        order_id,
        sum(order_lines + other_currency_order_lines) as order_lines,
        sum(sales_lines + other_currency_sales_lines) as sales_lines
    from {{ ref('quote_sales') }}
    group by order_id

),

ordered as (

    select
        order_id,
        count(*) as order_lines
    from {{ ref('fct_orders') }}
    where
        order_id in (select linked.order_id from linked)
        and status not in ('draft', 'cancelled')
    group by order_id

),

sold as (

    select
        order_id,
        count(*) as sales_lines
    from {{ ref('fct_sales') }}
    where order_id in (select linked.order_id from linked)
    group by order_id

),

final as (

    select
        linked.order_id,
        linked.order_lines,
        linked.sales_lines
    from linked
    left join ordered
        on linked.order_id = ordered.order_id
    left join sold
        on linked.order_id = sold.order_id
    where
        linked.order_lines <> coalesce(ordered.order_lines, 0)
        or linked.sales_lines <> coalesce(sold.sales_lines, 0)

)

select * from final
