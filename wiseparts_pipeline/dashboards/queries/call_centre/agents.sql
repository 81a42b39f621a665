-- The agents with calls in the period, in all queues, the one who answered most on top.
with handled as (

    select
        calls.agent_id,
        avg(calls.handle_seconds) as average_handle_seconds
    from marts.fct_calls as calls
    where
        calls.started_on between %(first_day)s and %(last_day)s
        and calls.is_offered
        and calls.disposition = 'answered'
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
left join handled on report.agent_id = handled.agent_id
where report.date_day between %(first_day)s and %(last_day)s and report.agent_id <> '(none)'
group by report.agent_id
order by sum(report.answered_calls) desc, report.agent_id
limit %(limit)s;
