{{ config(indexes=[{'columns': ['customer_key', 'currency'], 'unique': true}]) }}

{% set this_month = month_of(as_of()) %}
{% set year_start = fiscal_year_start(this_month) %}
{% set spans = {
    'last_12_months': in_last_12_months('month'),
    'previous_12_months':
        "month >= " ~ this_month ~ " - interval '24 months' and month < " ~ this_month ~ " - interval '12 months'",
    'year_to_date':
        "month >= " ~ year_start ~ " and month <= " ~ this_month,
    'previous_year_to_date':
        "month >= " ~ year_start ~ " - interval '12 months' and month <= " ~ this_month ~ " - interval '12 months'",
} %}
{# Of the spans that are compared with, the last month: before the first sales there is nothing to compare with. #}
{% set compared_until = {
    'previous_12_months': this_month ~ " - interval '13 months'",
    'previous_year_to_date': this_month ~ " - interval '12 months'",
} %}

with customers as (

    select * from {{ ref('dim_customers') }}

),

sales as (

    select * from {{ ref('int_sales_by_customer_monthly') }}

),

sales_report as (

    select * from {{ ref('sales_by_customer_monthly') }}

),

quotes as (

    select * from {{ ref('fct_quotes') }}
    where outcome = 'open'

),

order_lines as (

    select * from {{ ref('fct_orders') }}
    where status = 'confirmed'

),

orders as (

    select * from {{ ref('int_orders') }}

),

due_docs as (

    select * from {{ ref('fct_due_docs') }}
    where is_open

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

reported_sales as (

    select
        sales.customer_key,
        {{ reported_currency('sales.currency') }} as currency,
        sales.month,
        sales.sales_lines,
        {{ reported('sales.net_amount') }} as net_amount,
        {{ reported('sales.costed_net_amount') }} as costed_net_amount,
        {{ reported('(sales.costed_net_amount - sales.cost_amount)') }} as margin_amount
    from sales
    {{ join_rates('sales.currency', 'sales.month') }}

),

all_sales as (

    select
        customer_key,
        currency,
        {% for total, span in [
            ('net_amount', 'last_12_months'),
            ('net_amount', 'previous_12_months'),
            ('net_amount', 'year_to_date'),
            ('net_amount', 'previous_year_to_date'),
            ('margin_amount', 'last_12_months'),
            ('margin_amount', 'previous_12_months'),
            ('costed_net_amount', 'last_12_months'),
        ] %}
        coalesce(sum({{ total }}) filter (where {{ spans[span] }}), 0) as {{ span }}_{{ total }},
        {% endfor %}
        sum(net_amount) as lifetime_net_amount,
        sum(margin_amount) as lifetime_margin_amount,
        sum(sales_lines)::bigint as lifetime_sales_lines
    from reported_sales
    group by customer_key, currency

),

-- The report has no rows for this month until there are sales in it.
latest_report as (

    select max(month) as month
    from sales_report
    where month <= {{ as_of() }}

),

classes as (

    select
        sales_report.customer_key,
        sales_report.currency,
        sales_report.abc_class
    from sales_report
    inner join latest_report
        on sales_report.month = latest_report.month

),

open_quotes as (

    select
        customer_key,
        reported_currency as currency,
        count(distinct quote_id) as open_quotes,
        coalesce(sum(reported_amount), 0) as open_quotes_amount
    from quotes
    group by customer_key, reported_currency

),

open_orders as (

    select
        orders.customer_key,
        order_lines.reported_currency as currency,
        count(distinct orders.order_id) as open_orders,
        sum(order_lines.reported_amount) as open_orders_amount
    from order_lines
    inner join orders
        on order_lines.order_id = orders.order_id
    group by orders.customer_key, order_lines.reported_currency

),

receivables as (

    select
        customer_key,
        reported_currency as currency,
        sum(reported_open_amount) as open_amount,
        sum(reported_open_amount) filter (where aging_bucket like 'overdue%') as overdue_amount,
        sum(reported_open_amount) filter (where aging_bucket = 'disputed') as disputed_amount,
        max(days_overdue) filter (where aging_bucket like 'overdue%') as days_overdue
    from due_docs
    group by customer_key, reported_currency

),

cells as (

    {% for part in ['all_sales', 'open_quotes', 'open_orders', 'receivables'] %}
    select
        customer_key,
        currency
    from {{ part }}
    {{ 'union' if not loop.last }}
    {% endfor %}

),

-- A customer's main currency is the one in which most lines were sold.
final as (

    select
        cells.customer_key,
        cells.currency,
        row_number() over (
            partition by cells.customer_key
            order by
                coalesce(all_sales.lifetime_sales_lines, 0) desc,
                cells.currency is not distinct from customers.currency desc,
                cells.currency
        ) = 1 as is_main_currency,
        {% for span, total in [
            ('previous_12_months', 'net_amount'),
            ('previous_12_months', 'margin_amount'),
            ('previous_year_to_date', 'net_amount'),
        ] %}
        case
            when {{ compared_until[span] }} >= (select min(sales.month) from sales)
                then coalesce(all_sales.{{ span }}_{{ total }}, 0)
        end as {{ span }}_{{ total }},
        {% endfor %}
        {% for amount in [
            'last_12_months_net_amount',
            'last_12_months_margin_amount',
            'year_to_date_net_amount',
            'lifetime_net_amount',
            'lifetime_margin_amount',
            'lifetime_sales_lines',
        ] %}
        coalesce(all_sales.{{ amount }}, 0) as {{ amount }},
        {% endfor %}
        {{ growth('all_sales.last_12_months_net_amount', 'all_sales.previous_12_months_net_amount') }}
            as last_12_months_growth_rate,
        {{ growth('all_sales.year_to_date_net_amount', 'all_sales.previous_year_to_date_net_amount') }}
            as year_to_date_growth_rate,
        {{ ratio('all_sales.last_12_months_margin_amount', 'all_sales.last_12_months_costed_net_amount') }}
            as last_12_months_margin_rate,
        classes.abc_class,
        coalesce(open_quotes.open_quotes, 0) as open_quotes,
        coalesce(open_quotes.open_quotes_amount, 0) as open_quotes_amount,
        coalesce(open_orders.open_orders, 0) as open_orders,
        coalesce(open_orders.open_orders_amount, 0) as open_orders_amount,
        coalesce(receivables.open_amount, 0) as open_amount,
        coalesce(receivables.overdue_amount, 0) as overdue_amount,
        coalesce(receivables.disputed_amount, 0) as disputed_amount,
        coalesce(receivables.days_overdue, 0) as days_overdue,
        {{ as_of() }} as as_of
    from cells
    inner join customers
        on cells.customer_key = customers.customer_key
    {% for part in ['all_sales', 'classes', 'open_quotes', 'open_orders', 'receivables'] %}
    left join {{ part }}
        on
            cells.customer_key = {{ part }}.customer_key
            and cells.currency = {{ part }}.currency
    {% endfor %}

)

select * from final
