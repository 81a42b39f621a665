-- Quotes of the period by the sales representatives on their lines, the largest amount first; by the key if there is no
-- name.
with closed as (

    select
        date_trunc('month', last_build.as_of)::date as next_month,
        choices.months * interval '1 month' as length
    from marts.last_build
    inner join (values (1), (3), (6), (12), (24)) as choices (months)
        on choices.months::text = coalesce(%(months)s::text, '3')

),

report as (

    select
        month,
        currency,
        sales_rep_id,
        sales_rep_name,
        quotes,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        quoted_amount,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount
    from marts.quote_conversion_by_sales_rep_monthly
    where coalesce(%(basis)s, 'decision') = 'quoting'

    union all

    select
        month,
        currency,
        sales_rep_id,
        sales_rep_name,
        quotes,
        won_quotes,
        lost_quotes,
        expired_quotes,
        open_quotes,
        quoted_amount,
        won_amount,
        lost_amount,
        expired_amount,
        open_amount
    from marts.quote_decisions_by_sales_rep_monthly
    where coalesce(%(basis)s, 'decision') = 'decision'

)

select
    nullif('sales_rep:' || report.sales_rep_id, %(quotes_of)s) as key,
    coalesce(nullif(report.sales_rep_name, '(unknown)'), report.sales_rep_id) as name,
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
from report
cross join closed
where
    report.currency = %(currency)s
    and report.month < closed.next_month
    and report.month >= closed.next_month - closed.length
group by report.sales_rep_id, report.sales_rep_name
order by sum(report.quoted_amount) desc, report.sales_rep_id;
