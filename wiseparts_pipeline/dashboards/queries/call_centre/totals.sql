-- One row: the period, which ends with the last complete day, and as many days before it, if all are in the data.
with periods as (

    select *
    from (
        values
        (true, %(first_day)s::date, %(last_day)s::date),
        (false, %(previous_first_day)s::date, %(first_day)s::date - 1)
    ) as periods (is_current, first_day, last_day)
    where first_day is not null

),

queues as (

    select
        periods.is_current,
        sum(report.offered_calls) as offered_calls,
        sum(report.answered_calls) as answered_calls,
        sum(report.lost_calls) as lost_calls,
        sum(report.answered_in_time_calls) / nullif(sum(report.answered_calls + report.lost_calls), 0)
            as service_level,
        max(report.longest_wait_seconds) as longest_wait_seconds
    from periods
    inner join marts.call_center_by_queue_daily as report
        on report.date_day between periods.first_day and periods.last_day
    where %(queue)s::text is null or report.queue = %(queue)s
    group by periods.is_current

),

waits as (

    select
        periods.is_current,
        avg(calls.wait_seconds) as average_wait_answered_seconds
    from periods
    inner join marts.fct_calls as calls on calls.started_on between periods.first_day and periods.last_day
    where
        calls.is_offered
        and calls.disposition = 'answered'
        and (%(queue)s::text is null or coalesce(calls.queue, '(none)') = %(queue)s)
    group by periods.is_current

),

totals as (

    select
        periods.is_current,
        coalesce(queues.offered_calls, 0) as offered_calls,
        coalesce(queues.answered_calls, 0) as answered_calls,
        coalesce(queues.lost_calls, 0) as lost_calls,
        queues.service_level,
        waits.average_wait_answered_seconds,
        queues.longest_wait_seconds
    from periods
    left join queues on periods.is_current = queues.is_current
    left join waits on periods.is_current = waits.is_current

)

select
    now.offered_calls,
    before.offered_calls as previous_offered_calls,
    now.answered_calls,
    before.answered_calls as previous_answered_calls,
    now.lost_calls,
    before.lost_calls as previous_lost_calls,
    now.service_level,
    before.service_level as previous_service_level,
    now.average_wait_answered_seconds,
    before.average_wait_answered_seconds as previous_average_wait_answered_seconds,
    now.longest_wait_seconds,
    before.longest_wait_seconds as previous_longest_wait_seconds
from totals as now
left join totals as before on not before.is_current
where now.is_current and exists (select from marts.call_center_daily);
