-- Quotes of the period by the sales representatives on their lines, the largest amount first; by the key if there is no
-- name.
select
    nullif(report.part || ':' || report.part_key, %(quotes_of)s) as key,
    coalesce(nullif(report.part_name, '(unknown)'), report.part_key) as name,
    sum(report.quotes) as quotes,
    sum(report.won_quotes) as won_quotes,
    sum(report.lost_quotes) as lost_quotes,
    sum(report.expired_quotes) as expired_quotes,
    sum(report.open_quotes) as open_quotes,
    sum(report.quoted_amount) as quoted_amount,
    sum(report.won_amount) as won_amount,
    sum(report.lost_amount) as lost_amount,
    sum(report.expired_amount) as expired_amount,
    sum(report.open_amount) as open_amount,
    sum(report.won_quotes)
    / nullif(sum(report.won_quotes + report.lost_quotes + report.expired_quotes), 0) as win_rate,
    sum(report.won_amount)
    / nullif(sum(report.won_amount + report.lost_amount + report.expired_amount), 0) as win_rate_by_amount
from marts.quote_outcomes_monthly as report
where
    report.counted_by = %(counted_by)s
    and report.part = 'sales_rep'
    and report.currency = %(currency)s
    and report.month between %(first_day)s and %(last_day)s
group by report.part, report.part_key, report.part_name
order by sum(report.quoted_amount) desc, report.part_key;
