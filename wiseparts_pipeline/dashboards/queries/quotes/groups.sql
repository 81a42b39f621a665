-- Quotes of the period by the customers' current group, the largest amount first.
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
        customer_group,
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
    from marts.quote_conversion_by_customer_group_monthly
    where coalesce(%(basis)s, 'decision') = 'quoting'

    union all

    select
        month,
        currency,
        customer_group,
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
    from marts.quote_decisions_by_customer_group_monthly
    where coalesce(%(basis)s, 'decision') = 'decision'

)

select
    nullif('customer_group:' || report.customer_group, %(quotes_of)s) as key,
    report.customer_group as name,
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
group by report.customer_group
order by sum(report.quoted_amount) desc, report.customer_group;
