-- The queues with offered calls in the period, that which lost most on top.
with waits as (

    select
        coalesce(calls.queue, '(none)') as queue,
        avg(calls.wait_seconds) as average_wait_answered_seconds
    from marts.fct_calls as calls
    where
        calls.started_on between %(first_day)s and %(last_day)s
        and calls.is_offered
        and calls.disposition = 'answered'
    group by coalesce(calls.queue, '(none)')

)

select
    nullif(report.queue, %(queue)s) as key,
    report.queue,
    sum(report.offered_calls) as offered_calls,
    sum(report.answered_calls) as answered_calls,
    sum(report.lost_calls) as lost_calls,
    sum(report.offered_calls - report.answered_calls - report.lost_calls) as other_calls,
    sum(report.lost_calls) / nullif(sum(report.offered_calls), 0) as lost_rate,
    sum(report.answered_in_time_calls) / nullif(sum(report.answered_calls + report.lost_calls), 0) as service_level,
    max(waits.average_wait_answered_seconds) as average_wait_answered_seconds,
    max(report.longest_wait_seconds) as longest_wait_seconds
from marts.call_center_by_queue_daily as report
left join waits on report.queue = waits.queue
where report.date_day between %(first_day)s and %(last_day)s
group by report.queue
having sum(report.offered_calls) > 0
order by sum(report.lost_calls) desc, report.queue;
