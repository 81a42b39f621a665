-- What was searched for in the period, that which most often did not lead to a purchase on top.
select
    report.search_phrase,
    sum(report.searches) as searches,
    sum(report.sessions) as sessions,
    sum(report.sessions_without_purchase) as sessions_without_purchase,
    sum(report.purchase_sessions) / nullif(sum(report.sessions), 0) as purchase_rate,
    count(*) over () as total_rows
from marts.search_terms_monthly as report
where report.month between %(first_day)s and %(last_day)s
group by report.search_phrase
order by sum(report.sessions_without_purchase) desc, report.search_phrase
limit %(limit)s;
