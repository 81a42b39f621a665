-- The days of the period with offered calls.
select
    report.date_day,
    sum(report.offered_calls) as offered_calls,
    sum(report.answered_calls) as answered_calls,
    sum(report.lost_calls) as lost_calls,
    sum(report.offered_calls - report.answered_calls - report.lost_calls) as other_calls,
    sum(report.answered_in_time_calls) / nullif(sum(report.answered_calls + report.lost_calls), 0) as service_level
from marts.call_center_by_queue_daily as report
where
    report.date_day between %(first_day)s and %(last_day)s
    and (%(queue)s::text is null or report.queue = %(queue)s)
group by report.date_day
having sum(report.offered_calls) > 0
order by report.date_day;
