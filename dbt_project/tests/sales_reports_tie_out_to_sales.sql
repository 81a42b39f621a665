{{ config(meta={'dagster': {'ref': {'name': 'sales_by_customer_monthly'}}}) }}

-- depends_on: {{ ref('int_sales_by_sales_rep_monthly') }}
-- Returns the months and currencies of a report (for each level, in the one by family) whose totals differ from
-- fct_sales. Amounts converted row by row may differ by less than half a cent.
with lines as (

    select
        {{ month_of('invoice_date') }} as month,
        currency,
        count(*) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        coalesce(sum(margin_amount), 0) as margin_amount
    from {{ ref('fct_sales') }}
    where {{ in_tested_months('invoice_date', months_before=12) }}
    group by month, currency

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

sales as (

    select
        lines.month,
        {{ reported_currency('lines.currency') }} as currency,
        sum(lines.sales_lines) as sales_lines,
        sum(lines.quantity) as quantity,
        sum({{ reported('lines.net_amount') }}) as net_amount,
        sum({{ reported('lines.margin_amount') }}) as margin_amount
    from lines
    {{ join_rates('lines.currency', 'lines.month') }}
    group by lines.month, {{ reported_currency('lines.currency') }}

),

report_rows as (

    {% for model, report in [
        ('sales_by_customer_monthly', "'sales_by_customer_monthly'"),
        ('sales_by_sales_rep_monthly', "'sales_by_sales_rep_monthly'"),
        ('sales_by_brand_family_monthly', "'sales_by_brand_family_monthly, level ' || level"),
    ] %}
    select
        {{ report }} as report,
        month,
        currency,
        sales_lines,
        quantity,
        net_amount,
        margin_amount,
        previous_year_net_amount
    from {{ ref(model) }}
    where {{ in_tested_months('month') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

reported as (

    select
        report,
        month,
        currency,
        sum(sales_lines) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        sum(margin_amount) as margin_amount,
        sum(previous_year_net_amount) as previous_year_net_amount
    from report_rows
    group by report, month, currency

),

reports as (

    select 'sales_by_customer_monthly' as report

    union all

    select 'sales_by_sales_rep_monthly' as report

    union all

    select 'sales_by_brand_family_monthly, level ' || generate_series(1, max(level)) as report
    from {{ ref('dim_brand_families') }}

),

expected as (

    select
        reports.report,
        sales.*
    from reports
    cross join sales
    where {{ in_tested_months('sales.month') }}

),

final as (

    select
        coalesce(expected.report, reported.report) as report,
        coalesce(expected.month, reported.month) as month,
        coalesce(expected.currency, reported.currency) as currency,
        expected.net_amount as expected_net_amount,
        reported.net_amount as reported_net_amount,
        sales_before.net_amount as expected_previous_year_net_amount,
        reported.previous_year_net_amount as reported_previous_year_net_amount
    from expected
    full join reported
        on
            expected.report = reported.report
            and expected.month = reported.month
            and expected.currency = reported.currency
    left join sales as sales_before
        on
            reported.month = sales_before.month + interval '12 months'
            and reported.currency = sales_before.currency
    where
        coalesce(expected.sales_lines, 0) <> coalesce(reported.sales_lines, 0)
        or coalesce(expected.quantity, 0) <> coalesce(reported.quantity, 0)
        or abs(coalesce(expected.net_amount, 0) - coalesce(reported.net_amount, 0)) >= 0.005
        or abs(coalesce(expected.margin_amount, 0) - coalesce(reported.margin_amount, 0)) >= 0.005
        or abs(coalesce(sales_before.net_amount, 0) - coalesce(reported.previous_year_net_amount, 0)) >= 0.005

)

select * from final
