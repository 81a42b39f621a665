{% set facts = [
    ('fct_sales', 'invoice_date'),
    ('fct_quotes', 'quoted_on'),
    ('fct_quotes', 'closed_on'),
    ('fct_orders', 'placed_on'),
    ('fct_calls', 'started_on'),
    ('fct_due_docs', 'issued_on'),
    ('fct_due_docs', 'due_on'),
    ('fct_due_docs', 'settled_on'),
    ('fct_online_activity', 'occurred_on'),
] %}

-- The first and last day, and the few days outside the range, are found by the facts' indexes on the day.
with ends as (

    {% for fact, day in facts %}
    select
        min({{ day }}) as first_day,
        max({{ day }}) as last_day
    from {{ ref(fact) }}
    where {{ day }} between date '1990-01-01' and date '2089-12-31'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

calendar as (

    select
        generate_series(
            date_trunc('year', min(first_day)::timestamp),
            date_trunc('year', max(last_day)::timestamp) + interval '1 year - 1 day',
            interval '1 day'
        )::date as date_day
    from ends

),

-- A date such as 9999-12-31 adds a single day, not the centuries up to it.
beyond as (

    {% for fact, day in facts %}
    select {{ day }} as date_day
    from {{ ref(fact) }}
    where {{ day }} < date '1990-01-01' or {{ day }} > date '2089-12-31'
    {{ 'union' if not loop.last }}
    {% endfor %}

),

final as (

    select date_day from calendar

    union all

    select date_day from beyond

)

select * from final
