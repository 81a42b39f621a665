{{ config(indexes=[{'columns': ['month']}]) }}

{% set order_states = ['draft', 'cancelled', 'returned', 'invoiced', 'not_invoiced'] %}

with sales as (

    select * from {{ ref('int_sales_by_order_monthly') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

order_lines as (

    select * from {{ ref('fct_orders') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- A sale has its order's channel: the invoice often has a different one, or none.
reported_sales as (

    select
        sales.month,
        coalesce(orders.channel, {{ sales_channel('sales.channel') }}) as channel,
        {{ reported_currency('sales.currency') }} as currency,
        orders.order_id is not null as is_of_order,
        orders.order_id is null and sales.order_id is not null as is_of_unknown_order,
        sales.sales_lines,
        sales.quantity,
        {{ reported('sales.net_amount') }} as net_amount,
        {{ reported('sales.costed_net_amount') }} as costed_net_amount,
        {{ reported('(sales.costed_net_amount - sales.cost_amount)') }} as margin_amount
    from sales
    left join orders
        on sales.order_id = orders.order_id
    {{ join_rates('sales.currency', 'sales.month') }}

),

sales_months as (

    select
        month,
        channel,
        currency,
        sum(sales_lines)::bigint as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        sum(net_amount) filter (where is_of_order) as net_amount_of_orders,
        sum(net_amount) filter (where is_of_unknown_order) as net_amount_of_unknown_orders,
        sum(costed_net_amount) as costed_net_amount,
        sum(margin_amount) as margin_amount
    from reported_sales
    group by month, channel, currency

),

-- A line that is not cancelled or returned is invoiced once its order is.
ordered_lines as (

    select
        {{ month_of('orders.placed_on') }} as month,
        orders.channel,
        order_lines.reported_currency as currency,
        order_lines.order_id,
        {% for status, state in [('orders.status', 'order_state'), ('order_lines.status', 'line_state')] %}
        case
            when {{ status }} in ('draft', 'cancelled', 'returned') then {{ status }}
            when orders.is_invoiced then 'invoiced'
            else 'not_invoiced'
        end as {{ state }},
        {% endfor %}
        order_lines.reported_amount as net_amount
    from order_lines
    inner join orders
        on order_lines.order_id = orders.order_id

),

order_months as (

    select
        month,
        channel,
        currency,
        count(distinct order_id) as orders,
        {% for state in order_states %}
        count(distinct order_id) filter (where order_state = '{{ state }}') as {{ state }}_orders,
        {% endfor %}
        {% for state in order_states %}
        sum(net_amount) filter (where line_state = '{{ state }}') as {{ state }}_ordered_amount,
        {% endfor %}
        sum(net_amount) as ordered_amount
    from ordered_lines
    group by month, channel, currency

),

-- A channel with sales in a month also has a row a year later, so that no previous year is missing from a total.
cells as (

    select
        month,
        channel,
        currency
    from sales_months

    union

    select
        month,
        channel,
        currency
    from order_months

    union

    select
        (month + interval '1 year')::date as month,
        channel,
        currency
    from sales_months
    where month + interval '1 year' <= {{ as_of() }}

),

final as (

    select
        cells.month,
        cells.channel,
        cells.currency,
        {{ channel_group('cells.channel') }} as channel_group,
        coalesce(sales_months.sales_lines, 0) as sales_lines,
        coalesce(sales_months.quantity, 0) as quantity,
        coalesce(sales_months.net_amount, 0) as net_amount,
        coalesce(sales_months.net_amount_of_orders, 0) as net_amount_of_orders,
        coalesce(sales_months.net_amount_of_unknown_orders, 0) as net_amount_of_unknown_orders,
        coalesce(sales_months.costed_net_amount, 0) as costed_net_amount,
        coalesce(sales_months.margin_amount, 0) as margin_amount,
        {{ ratio('sales_months.margin_amount', 'sales_months.costed_net_amount') }} as margin_rate,
        {{ ratio(
            'coalesce(sales_months.net_amount, 0)',
            'sum(sales_months.net_amount) over (partition by cells.month, cells.currency)'
        ) }} as share_of_month,
        case
            when cells.month - interval '1 year' >= (select min(sold.month) from sales_months as sold)
                then coalesce(previous_year.net_amount, 0)
        end as previous_year_net_amount,
        {{ growth('coalesce(sales_months.net_amount, 0)', 'previous_year.net_amount') }} as growth_rate,
        coalesce(order_months.orders, 0) as orders,
        {% for state in order_states %}
        coalesce(order_months.{{ state }}_orders, 0) as {{ state }}_orders,
        {% endfor %}
        coalesce(order_months.ordered_amount, 0) as ordered_amount,
        {% for state in order_states %}
        coalesce(order_months.{{ state }}_ordered_amount, 0) as {{ state }}_ordered_amount,
        {% endfor %}
        coalesce(sales_months.net_amount, 0) + coalesce(order_months.not_invoiced_ordered_amount, 0)
            as sold_or_on_order_amount
    from cells
    left join sales_months
        on
            cells.month = sales_months.month
            and cells.channel = sales_months.channel
            and cells.currency = sales_months.currency
    left join sales_months as previous_year
        on
            cells.month = previous_year.month + interval '1 year'
            and cells.channel = previous_year.channel
            and cells.currency = previous_year.currency
    left join order_months
        on
            cells.month = order_months.month
            and cells.channel = order_months.channel
            and cells.currency = order_months.currency

)

select * from final
