-- Weekdays (1 for Monday) and hours of the period; `days`: on how many of these weekdays there were offered calls.
with calls as (

    select
        hours.date_day,
        hours.hour,
        hours.offered_calls,
        hours.answered_calls,
        hours.lost_calls,
        hours.answered_in_time_calls
    from marts.call_center_hourly as hours
    where hours.date_day between %(first_day)s and %(last_day)s and %(queue)s::text is null

    union all

    select
        calls.started_on as date_day,
        calls.started_hour as hour,
        count(*) as offered_calls,
        count(*) filter (where calls.disposition = 'answered') as answered_calls,
        count(*) filter (where calls.is_lost) as lost_calls,
        count(*) filter (where calls.is_answered_in_time) as answered_in_time_calls
    from marts.fct_calls as calls
    where
        calls.started_on between %(first_day)s and %(last_day)s
        and calls.is_offered
        and coalesce(calls.queue, '(none)') = %(queue)s
    group by calls.started_on, calls.started_hour

),

offered as (

    select
        *,
        extract(isodow from date_day)::int as weekday
    from calls
    where offered_calls > 0

),

weekdays as (

    select
        weekday,
        count(distinct date_day) as days
    from offered
    group by weekday

)

select
    offered.weekday,
    offered.hour,
    weekdays.days,
    sum(offered.offered_calls) as offered_calls,
    sum(offered.lost_calls) as lost_calls,
    sum(offered.offered_calls) / weekdays.days as offered_calls_a_day,
    sum(offered.lost_calls) / nullif(sum(offered.offered_calls), 0) as lost_rate,
    sum(offered.answered_in_time_calls) / nullif(sum(offered.answered_calls + offered.lost_calls), 0) as service_level
from offered
inner join weekdays on offered.weekday = weekdays.weekday
group by offered.weekday, offered.hour, weekdays.days
order by offered.weekday, offered.hour;
