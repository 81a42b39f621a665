-- The days of the period with offered calls.
with complete as (

    select least(last_build.as_of, (last_build.built_at at time zone last_build.timezone)::date - 1) as last_day
    from marts.last_build

),

period as (

    select
        complete.last_day - choices.days + 1 as first_day,
        complete.last_day
    from complete
    inner join (values (7), (14), (28), (91), (364)) as choices (days)
        on choices.days::text = coalesce(%(days)s::text, '28')

)

select
    report.date_day,
    sum(report.offered_calls) as offered_calls,
    sum(report.answered_calls) as answered_calls,
    sum(report.lost_calls) as lost_calls,
    sum(report.offered_calls - report.answered_calls - report.lost_calls) as other_calls,
    sum(report.answered_in_time_calls) / nullif(sum(report.answered_calls + report.lost_calls), 0) as service_level
from marts.call_center_by_queue_daily as report
inner join period on report.date_day between period.first_day and period.last_day
where %(queue)s::text is null or report.queue = %(queue)s
group by report.date_day
having sum(report.offered_calls) > 0
order by report.date_day;
