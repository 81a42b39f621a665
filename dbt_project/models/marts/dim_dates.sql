{{ config(indexes=[{'columns': ['date_day']}]) }}

with occurring as (

    {% for fact, day in [
        ('fct_sales', 'invoice_date'),
        ('fct_quotes', 'quoted_on'),
        ('fct_orders', 'placed_on'),
        ('fct_calls', 'started_on'),
        ('fct_due_docs', 'issued_on'),
        ('fct_due_docs', 'due_on'),
    ] %}
    select {{ day }} as date_day from {{ ref(fact) }}
    {{ 'union' if not loop.last }}
    {% endfor %}

),

-- Whole years, but not the centuries up to a date such as 9999-12-31, which stands alone.
calendar as (

    select
        generate_series(
            date_trunc('year', min(date_day)::timestamp),
            date_trunc('year', max(date_day)::timestamp) + interval '1 year - 1 day',
            interval '1 day'
        )::date as date_day
    from occurring
    where date_day between date '1990-01-01' and date '2089-12-31'

),

days as (

    select date_day from calendar

    union

    select date_day from occurring

),

final as (

    select
        date_day,
        extract(year from date_day)::int as year,
        extract(quarter from date_day)::int as quarter,
        extract(month from date_day)::int as month,
        extract(day from date_day)::int as day_of_month,
        {{ month_of('date_day') }} as month_start,
        to_char(date_day, 'YYYY-MM') as year_month,
        to_char(date_day, 'FMMonth') as month_name,
        extract(isoyear from date_day)::int as iso_year,
        extract(week from date_day)::int as iso_week,
        date_trunc('week', date_day)::date as iso_week_start,
        to_char(date_day, 'IYYY"-W"IW') as iso_year_week,
        extract(isodow from date_day)::int as iso_day_of_week,
        to_char(date_day, 'FMDay') as day_name,
        extract(isodow from date_day) >= 6 as is_weekend
    from days

)

select * from final
