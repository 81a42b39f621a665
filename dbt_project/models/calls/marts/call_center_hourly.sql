{{ config(indexes=[{'columns': ['date_day', 'hour']}]) }}

with calls as (

    select * from {{ ref('fct_calls') }}

),

hours as (

    select
        started_on as date_day,
        started_hour as hour,
        {{ call_totals() }}
    from calls
    group by date_day, hour

),

final as (

    select
        hours.date_day,
        hours.hour,
        {{ call_figures('hours') }}
    from hours

)

select * from final
