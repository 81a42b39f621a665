-- The agents with calls in the period, in all queues, the one who answered most on top.
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

),

handled as (

    select
        calls.agent_id,
        avg(calls.handle_seconds) as average_handle_seconds
    from marts.fct_calls as calls
    inner join period on calls.started_on between period.first_day and period.last_day
    where calls.is_offered and calls.disposition = 'answered'
    group by calls.agent_id

)

select
    report.agent_id,
    count(*) as days,
    sum(report.answered_calls) as answered_calls,
    sum(report.outbound_calls) as outbound_calls,
    max(handled.average_handle_seconds) as average_handle_seconds,
    sum(report.handle_seconds) as handle_seconds,
    sum(report.handle_seconds) / nullif(sum(report.present_seconds), 0) as occupancy,
    count(*) over () as total_rows
from marts.call_center_by_agent_daily as report
inner join period on report.date_day between period.first_day and period.last_day
left join handled on report.agent_id = handled.agent_id
where report.agent_id <> '(none)'
group by report.agent_id
order by sum(report.answered_calls) desc, report.agent_id
limit %(limit)s;
