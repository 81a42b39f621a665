-- Orders of the period that no invoice names, by channel, the largest amount on top.
select
    nullif(report.channel, %(channel)s) as key,
    report.channel,
    sum(report.not_invoiced_orders) as not_invoiced_orders,
    sum(report.not_invoiced_ordered_amount) as not_invoiced_ordered_amount
from marts.channel_sales_monthly as report
where report.currency = %(currency)s and report.month between %(first_day)s and %(last_day)s
group by report.channel
having sum(report.not_invoiced_orders) > 0
order by sum(report.not_invoiced_ordered_amount) desc, report.channel;
