-- Sales of 24 closed months and of the current one so far, on the web, elsewhere and unknown.
select
    report.month,
    report.month < %(current_month)s as is_closed,
    sum(report.net_amount) filter (where report.channel_group = 'web') as web_net_amount,
    sum(report.net_amount) filter (where report.channel_group = 'traditional') as traditional_net_amount,
    sum(report.net_amount) filter (where report.channel_group = '(unknown)') as unknown_net_amount,
    coalesce(sum(report.net_amount) filter (where report.channel_group = 'web'), 0) / nullif(sum(report.net_amount), 0)
        as web_share
from marts.channel_sales_monthly as report
where report.currency = %(currency)s and report.month between %(first_shown_month)s and %(current_month)s
group by report.month
order by report.month;
