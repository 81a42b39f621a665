{{ config(indexes=[{'columns': ['quote_id', 'line_no']}, {'columns': ['order_id']}]) }}

with quote_lines as (

    select * from {{ ref('fct_quotes') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

sales as (

    select * from {{ ref('fct_sales') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- If several quote lines name an order, won ones come first, then the lowest number.
quoted as (

    select
        quote_id,
        line_no,
        order_id,
        reported_currency as currency,
        product_key,
        row_number() over (
            partition by order_id
            order by outcome <> 'won', quote_id, line_no
        ) as place_in_order,
        row_number() over (
            partition by order_id, reported_currency
            order by outcome <> 'won', quote_id, line_no
        ) as place_in_currency,
        row_number() over (
            partition by order_id, reported_currency, product_key
            order by outcome <> 'won', quote_id, line_no
        ) as place_in_product
    from quote_lines
    where order_id is not null

),

named_orders as (

    select
        orders.order_id,
        orders.status,
        orders.product_key,
        orders.placed_on as day,
        {{ reported_currency('orders.currency') }} as currency,
        {{ reported('orders.net_amount') }} as amount
    from orders
    {{ join_rates('orders.currency', 'orders.placed_on') }}
    where orders.order_id in (select quoted.order_id from quoted)

),

known_orders as (

    select distinct order_id
    from named_orders

),

ordered_lines as (

    select * from named_orders
    where status not in ('draft', 'cancelled')

),

sold_lines as (

    select
        sales.order_id,
        sales.product_key,
        sales.invoice_date as day,
        {{ reported_currency('sales.currency') }} as currency,
        {{ reported('sales.net_amount') }} as amount
    from sales
    {{ join_rates('sales.currency', 'sales.invoice_date') }}
    where sales.order_id in (select quoted.order_id from quoted)

),

linked_orders as (

    {{ linked_to_quotes('ordered_lines') }}

),

linked_sales as (

    {{ linked_to_quotes('sold_lines') }}

),

final as (

    select
        quoted.quote_id,
        quoted.line_no,
        quoted.order_id,
        quoted.currency,
        known_orders.order_id is not null as is_order_known,
        coalesce(linked_orders.lines, 0) as order_lines,
        coalesce(linked_orders.amount, 0) as ordered_amount,
        linked_orders.first_day as ordered_on,
        coalesce(linked_sales.lines, 0) as sales_lines,
        coalesce(linked_sales.amount, 0) as sold_amount,
        linked_sales.first_day as first_invoiced_on,
        coalesce(linked_orders.other_currency_lines, 0) as other_currency_order_lines,
        coalesce(linked_sales.other_currency_lines, 0) as other_currency_sales_lines
    from quoted
    left join known_orders
        on quoted.order_id = known_orders.order_id
    left join linked_orders
        on
            quoted.quote_id = linked_orders.quote_id
            and quoted.line_no = linked_orders.line_no
    left join linked_sales
        on
            quoted.quote_id = linked_sales.quote_id
            and quoted.line_no = linked_sales.line_no

)

select * from final
