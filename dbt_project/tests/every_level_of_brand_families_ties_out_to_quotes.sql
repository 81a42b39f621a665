{{ config(meta={'dagster': {'ref': {'name': 'quote_conversion_by_brand_family_monthly'}}}) }}

-- Returns the levels and currencies whose totals differ from fct_quotes, in either report by brand family.
with quotes as (

    select
        reported_currency as currency,
        count(*) as quote_lines,
        count(*) filter (where outcome = 'won') as won_lines,
        coalesce(sum(reported_amount), 0) as quoted_amount,
        coalesce(sum(reported_amount) filter (where outcome = 'won'), 0) as won_amount
    from {{ ref('fct_quotes') }}
    group by reported_currency

),

levels as (

    select generate_series(1, max(level)) as level
    from {{ ref('dim_brand_families') }}

),

reported as (

    {% for report in ['quote_conversion_by_brand_family_monthly', 'quote_decisions_by_brand_family_monthly'] %}
    select
        '{{ report }}' as report,
        level,
        currency,
        sum(quote_lines) as quote_lines,
        sum(won_lines) as won_lines,
        sum(quoted_amount) as quoted_amount,
        sum(won_amount) as won_amount
    from {{ ref(report) }}
    group by level, currency
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

expected as (

    select
        reports.report,
        levels.level,
        quotes.*
    from levels
    cross join quotes
    cross join (
        values ('quote_conversion_by_brand_family_monthly'), ('quote_decisions_by_brand_family_monthly')
    ) as reports (report)

),

final as (

    select
        report,
        level,
        currency,
        expected.quoted_amount as expected_quoted_amount,
        reported.quoted_amount as reported_quoted_amount
    from expected
    full join reported
        using (report, level, currency)
    where
        (expected.quote_lines, expected.won_lines, expected.quoted_amount, expected.won_amount)
        is distinct from (reported.quote_lines, reported.won_lines, reported.quoted_amount, reported.won_amount)

)

select * from final
