{{ config(indexes=[{'columns': ['date_day']}]) }}

with calls as (

    select * from {{ ref('fct_calls') }}

),

hours as (

    select * from {{ ref('call_center_hourly') }}

),

agents as (

    select * from {{ ref('call_center_by_agent_daily') }}
    where present_seconds is not null

),

days as (

    select
        started_on as date_day,
        {{ call_totals() }}
    from calls
    group by date_day

),

busiest_hours as (

    select distinct on (date_day)
        date_day,
        hour,
        offered_calls
    from hours
    where offered_calls > 0
    order by date_day asc, offered_calls desc, hour asc

),

presence as (

    select
        date_day,
        count(*) as agents,
        sum(handle_seconds) as handle_seconds,
        sum(present_seconds) as present_seconds
    from agents
    group by date_day

),

final as (

    select
        days.date_day,
        {{ call_figures('days') }},
        busiest_hours.hour as busiest_hour,
        busiest_hours.offered_calls as busiest_hour_offered_calls,
        coalesce(presence.agents, 0) as agents,
        presence.present_seconds::bigint as present_seconds,
        {{ ratio('presence.handle_seconds', 'presence.present_seconds') }} as occupancy
    from days
    left join busiest_hours
        on days.date_day = busiest_hours.date_day
    left join presence
        on days.date_day = presence.date_day

)

select * from final
