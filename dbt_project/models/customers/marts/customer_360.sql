{{ config(indexes=[{'columns': ['customer_key'], 'unique': true}]) }}

{% set amounts = [
    'last_12_months_net_amount',
    'previous_12_months_net_amount',
    'last_12_months_margin_amount',
    'previous_12_months_margin_amount',
    'year_to_date_net_amount',
    'previous_year_to_date_net_amount',
    'lifetime_net_amount',
    'lifetime_margin_amount',
    'open_quotes_amount',
    'open_orders_amount',
    'open_amount',
    'overdue_amount',
    'disputed_amount',
] %}
{% set counts_by_currency = ['open_quotes', 'open_orders', 'days_overdue'] %}

with customers as (

    select * from {{ ref('dim_customers') }}

),

sales_reps as (

    select * from {{ ref('dim_sales_reps') }}

),

by_currency as (

    select * from {{ ref('customer_360_by_currency') }}

),

sales as (

    select * from {{ ref('int_sales_by_customer_monthly') }}

),

sales_of_this_month as (

    select * from {{ ref('fct_sales') }}
    where invoice_date >= {{ month_of(as_of()) }} and invoice_date <= {{ as_of() }}

),

bought_families as (

    select * from {{ ref('int_customer_top_families') }}

),

families as (

    select * from {{ ref('dim_brand_families') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

calls as (

    select * from {{ ref('fct_calls') }}
    where direction <> 'internal'

),

sessions as (

    select * from {{ ref('int_online_sessions') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

main_amounts as (

    select * from by_currency
    where is_main_currency

),

other_currencies as (

    select
        customer_key,
        string_agg(currency, ', ' order by currency) as other_currencies
    from by_currency
    where not is_main_currency
    group by customer_key

),

-- In the current month, only what is invoiced by the as-of date.
invoice_days as (

    select
        customer_key,
        min(first_invoice_date) as first_invoice_date,
        max(last_invoice_date) as last_invoice_date
    from (
        select
            customer_key,
            first_invoice_date,
            last_invoice_date
        from sales
        where {{ is_closed('month') }}

        union all

        select
            customer_key,
            invoice_date as first_invoice_date,
            invoice_date as last_invoice_date
        from sales_of_this_month
    ) as invoiced
    group by customer_key

),

placed_orders as (

    select
        customer_key,
        count(*) as orders,
        min(placed_on) as first_order_on,
        max(placed_on) as last_order_on
    from orders
    where status not in ('draft', 'cancelled') and placed_on <= {{ as_of() }}
    group by customer_key

),

made_calls as (

    select
        customer_key,
        {% for days in [90, 365] %}
        count(*) filter (where started_on > {{ as_of() }} - {{ days }}) as last_{{ days }}_days_calls,
        count(*) filter (where is_lost and started_on > {{ as_of() }} - {{ days }}) as last_{{ days }}_days_lost_calls,
        {% endfor %}
        max(started_on) filter (where disposition = 'answered') as last_call_on
    from calls
    where started_on <= {{ as_of() }}
    group by customer_key

),

visits as (

    select
        customer_key,
        {% for days in [90, 365] %}
        count(*) filter (where started_on > {{ as_of() }} - {{ days }}) as last_{{ days }}_days_online_sessions,
        {% endfor %}
        max(started_on) as last_online_on
    from sessions
    where started_on <= {{ as_of() }}
    group by customer_key

),

top_families as (

    select
        bought_families.customer_key,
        array_agg(bought_families.family_key order by bought_families.position) as family_keys,
        array_agg(families.path order by bought_families.position) as family_paths
    from bought_families
    inner join main_amounts
        on
            bought_families.customer_key = main_amounts.customer_key
            and bought_families.currency = main_amounts.currency
    inner join families
        on bought_families.family_key = families.family_key
    group by bought_families.customer_key

),

limits as (

    select
        customers.customer_key,
        {{ reported_currency('customers.currency') }} as currency,
        {{ reported('customers.credit_limit') }} as credit_limit
    from customers
    {{ join_rates('customers.currency', as_of()) }}

),

joined as (

    select
        customers.customer_key,
        customers.customer_id,
        customers.name,
        customers.customer_group,
        customers.status,
        customers.sales_rep_id,
        coalesce(sales_reps.name, {{ unknown() }}) as sales_rep_name,
        customers.city,
        customers.country_code,
        customers.is_unknown,
        customers.is_deleted,
        coalesce(main_amounts.currency, limits.currency) as currency,
        other_currencies.other_currencies,
        main_amounts.abc_class,
        main_amounts.last_12_months_growth_rate,
        main_amounts.last_12_months_margin_rate,
        main_amounts.year_to_date_growth_rate,
        {% for column in amounts + counts_by_currency %}
        {% if column.startswith('previous_') %}
        case
            when (select bool_or(compared.{{ column }} is not null) from main_amounts as compared)
                then coalesce(main_amounts.{{ column }}, 0)
        end as {{ column }},
        {% else %}
        coalesce(main_amounts.{{ column }}, 0) as {{ column }},
        {% endif %}
        {% endfor %}
        case
            when limits.currency is null or limits.currency = coalesce(main_amounts.currency, limits.currency)
                then limits.credit_limit
        end as credit_limit,
        invoice_days.first_invoice_date,
        invoice_days.last_invoice_date,
        coalesce(placed_orders.orders, 0) as orders,
        placed_orders.first_order_on,
        placed_orders.last_order_on,
        {% for days in [90, 365] %}
        coalesce(made_calls.last_{{ days }}_days_calls, 0) as last_{{ days }}_days_calls,
        coalesce(made_calls.last_{{ days }}_days_lost_calls, 0) as last_{{ days }}_days_lost_calls,
        coalesce(visits.last_{{ days }}_days_online_sessions, 0) as last_{{ days }}_days_online_sessions,
        {% endfor %}
        {% for position in [1, 2, 3] %}
        top_families.family_keys[{{ position }}] as top_family_{{ position }}_key,
        top_families.family_paths[{{ position }}] as top_family_{{ position }}_path,
        {% endfor %}
        made_calls.last_call_on,
        visits.last_online_on,
        greatest(
            made_calls.last_call_on,
            placed_orders.last_order_on,
            visits.last_online_on,
            invoice_days.last_invoice_date
        ) as last_contact_on
    from customers
    inner join limits
        on customers.customer_key = limits.customer_key
    left join sales_reps
        on customers.sales_rep_id = sales_reps.sales_rep_id
    {% for part in [
        'main_amounts', 'other_currencies', 'invoice_days', 'placed_orders', 'made_calls', 'visits', 'top_families'
    ] %}
    left join {{ part }}
        on customers.customer_key = {{ part }}.customer_key
    {% endfor %}

),

final as (

    select
        customer_key,
        customer_id,
        name,
        customer_group,
        status,
        sales_rep_id,
        sales_rep_name,
        city,
        country_code,
        is_unknown,
        is_deleted,
        {{ as_of() }} as as_of,
        currency,
        other_currencies,
        abc_class,
        last_12_months_net_amount,
        previous_12_months_net_amount,
        last_12_months_growth_rate,
        {{ sales_trend('last_12_months_net_amount', 'previous_12_months_net_amount') }} as trend,
        last_12_months_margin_amount,
        previous_12_months_margin_amount,
        last_12_months_margin_rate,
        year_to_date_net_amount,
        previous_year_to_date_net_amount,
        year_to_date_growth_rate,
        lifetime_net_amount,
        lifetime_margin_amount,
        first_invoice_date,
        last_invoice_date,
        orders,
        last_order_on,
        {{ ratio('(last_order_on - first_order_on)', '(orders - 1)') }} as average_days_between_orders,
        open_orders,
        open_orders_amount,
        open_quotes,
        open_quotes_amount,
        open_amount,
        overdue_amount,
        disputed_amount,
        days_overdue,
        credit_limit,
        {{ ratio('open_amount', 'credit_limit') }} as credit_limit_used,
        {% for days in [90, 365] %}
        last_{{ days }}_days_calls,
        last_{{ days }}_days_lost_calls,
        last_{{ days }}_days_online_sessions,
        {% endfor %}
        {% for position in [1, 2, 3] %}
        top_family_{{ position }}_key,
        top_family_{{ position }}_path,
        {% endfor %}
        last_call_on,
        last_online_on,
        last_contact_on,
        case last_contact_on
            when last_call_on then 'call'
            when last_order_on then 'order'
            when last_online_on then 'online'
            when last_invoice_date then 'invoice'
        end as last_contact_by
    from joined

)

select * from final
