-- depends_on: {{ ref('fct_due_docs') }}
-- A view goes on with the day that it was made with: whatever builds fct_due_docs makes it anew, of the same day.
with month_ends as (

    -- The month of the day asked for counts only if that is its last day.
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
