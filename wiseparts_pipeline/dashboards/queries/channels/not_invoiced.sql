-- Orders of the period that no invoice names, by channel, the largest amount on top.
with closed as (

    select
        date_trunc('month', last_build.as_of)::date as next_month,
        choices.months * interval '1 month' as length
    from marts.last_build
    inner join (values (1), (3), (6), (12), (24)) as choices (months)
        on choices.months::text = coalesce(%(months)s::text, '3')

)

select
    nullif(report.channel, %(channel)s) as key,
    report.channel,
    sum(report.not_invoiced_orders) as not_invoiced_orders,
    sum(report.not_invoiced_ordered_amount) as not_invoiced_ordered_amount
from marts.channel_sales_monthly as report
inner join closed on report.month < closed.next_month and report.month >= closed.next_month - closed.length
where report.currency = %(currency)s
group by report.channel
having sum(report.not_invoiced_orders) > 0
order by sum(report.not_invoiced_ordered_amount) desc, report.channel;
