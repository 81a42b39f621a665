{{ config(meta={'dagster': {'ref': {'name': 'sales_by_brand_family_monthly'}}}) }}

-- Returns the levels, months and currencies whose totals are not those of fct_sales.
with sales as (

    select
        {{ month_of('invoice_date') }} as month,
        currency,
        count(*) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        coalesce(sum(margin_amount), 0) as margin_amount
    from {{ ref('fct_sales') }}
    group by month, currency

),

levels as (

    select generate_series(1, max(level)) as level
    from {{ ref('dim_brand_families') }}

),

reported as (

    select
        level,
        month,
        currency,
        sum(sales_lines) as sales_lines,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        sum(margin_amount) as margin_amount
    from {{ ref('sales_by_brand_family_monthly') }}
    group by level, month, currency

),

expected as (

    select
        levels.level,
        sales.*
    from levels
    cross join sales

),

final as (

    select
        coalesce(expected.level, reported.level) as level,
        coalesce(expected.month, reported.month) as month,
        coalesce(expected.currency, reported.currency) as currency,
        expected.net_amount as expected_net_amount,
        reported.net_amount as reported_net_amount
    from expected
    full join reported
        on
            expected.level = reported.level
            and expected.month = reported.month
            and expected.currency = reported.currency
    where
        (expected.sales_lines, expected.quantity, expected.net_amount, expected.margin_amount)
        is distinct from (reported.sales_lines, reported.quantity, reported.net_amount, reported.margin_amount)

)

select * from final
