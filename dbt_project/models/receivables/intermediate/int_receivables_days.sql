-- depends_on: {{ ref('fct_due_docs') }}
-- The as-of date is fixed when the view is created; a build of fct_due_docs recreates it with the same date.
with month_ends as (

    -- The month of the as-of date counts only if that is its last day.
    select ({{ month_of(as_of() ~ ' + 1') }} - make_interval(months => months_ago, days => 1))::date as as_of
    from generate_series(0, {{ var('aging_months') }} - 1) as months_ago

),

final as (

    select
        {{ as_of() }} as as_of,
        false as is_month_end,
        '-infinity'::date as settled_from

    union all

    select
        as_of,
        true as is_month_end,
        {{ month_of('as_of') }} as settled_from
    from month_ends

)

select * from final
