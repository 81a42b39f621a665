-- Sales of 24 closed months and of the current one so far, on the web, elsewhere and unknown.
with closed as (

    select date_trunc('month', as_of)::date as next_month
    from marts.last_build

)

select
    report.month,
    report.month < max(closed.next_month) as is_closed,
    sum(report.net_amount) filter (where report.channel_group = 'web') as web_net_amount,
    sum(report.net_amount) filter (where report.channel_group = 'traditional') as traditional_net_amount,
    sum(report.net_amount) filter (where report.channel_group = '(unknown)') as unknown_net_amount,
    coalesce(sum(report.net_amount) filter (where report.channel_group = 'web'), 0) / nullif(sum(report.net_amount), 0)
        as web_share
from marts.channel_sales_monthly as report
inner join closed
    on report.month >= closed.next_month - interval '24 months' and report.month <= closed.next_month
where report.currency = %(currency)s
group by report.month
order by report.month;
