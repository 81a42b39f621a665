-- What was searched for in the period, that which most often did not lead to a purchase on top.
with closed as (

    select
        date_trunc('month', last_build.as_of)::date as next_month,
        choices.months * interval '1 month' as length
    from marts.last_build
    inner join (values (1), (3), (6), (12), (24)) as choices (months)
        on choices.months::text = coalesce(%(months)s::text, '3')

)

select
    report.search_phrase,
    sum(report.searches) as searches,
    sum(report.sessions) as sessions,
    sum(report.sessions_without_purchase) as sessions_without_purchase,
    sum(report.purchase_sessions) / nullif(sum(report.sessions), 0) as purchase_rate,
    count(*) over () as total_rows
from marts.search_terms_monthly as report
inner join closed on report.month < closed.next_month and report.month >= closed.next_month - closed.length
group by report.search_phrase
order by sum(report.sessions_without_purchase) desc, report.search_phrase
limit %(limit)s;
