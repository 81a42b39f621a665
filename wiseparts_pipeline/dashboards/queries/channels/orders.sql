-- Orders of the period that no invoice names, with their confirmed and shipped lines, the oldest on top.
with orders as (

    select
        order_id,
        min(placed_on) as placed_on,
        (array_agg(channel order by line_no))[1] as channel,
        (array_agg(customer_key order by line_no) filter (where customer_key <> '(unknown)'))[1] as customer_key,
        bool_or(is_invoiced) as is_invoiced
    from marts.fct_orders
    group by order_id

)

select
    orders.order_id,
    customers.name as customer_name,
    coalesce(orders.customer_key, '(unknown)') as customer_key,
    orders.channel,
    orders.placed_on,
    last_build.as_of - orders.placed_on as days_waiting,
    string_agg(distinct lines.status, ', ') as status,
    sum(lines.reported_amount) as not_invoiced_ordered_amount,
    lines.reported_currency as currency,
    count(*) over () as total_rows
from orders
inner join marts.fct_orders as lines on orders.order_id = lines.order_id
inner join marts.dim_customers as customers on coalesce(orders.customer_key, '(unknown)') = customers.customer_key
cross join marts.last_build
where
    orders.placed_on between %(first_day)s and %(last_day)s
    and not orders.is_invoiced
    and lines.status in ('confirmed', 'shipped')
    and lines.reported_currency = %(currency)s
    and (%(channel)s::text is null or orders.channel = %(channel)s)
group by
    orders.order_id,
    orders.customer_key,
    orders.channel,
    orders.placed_on,
    customers.name,
    last_build.as_of,
    lines.reported_currency
order by orders.placed_on, orders.order_id
limit %(limit)s;
