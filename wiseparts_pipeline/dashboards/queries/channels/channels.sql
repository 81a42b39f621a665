-- The channels of the period, that which sold most on top. Growth is that of the months that have a year before them.
select
    report.channel,
    report.channel_group,
    sum(report.net_amount) as net_amount,
    sum(report.net_amount) / nullif(sum(sum(report.net_amount)) over (), 0) as share,
    sum(report.previous_year_net_amount) as previous_year_net_amount,
    case
        when sum(report.previous_year_net_amount) > 0
            then
                (
                    sum(report.net_amount) filter (where report.previous_year_net_amount is not null)
                    - sum(report.previous_year_net_amount)
                )
                / sum(report.previous_year_net_amount)
    end as growth_rate,
    sum(report.margin_amount) filter (where report.costed_net_amount <> 0 or report.margin_amount <> 0)
        as margin_amount,
    sum(report.margin_amount) / nullif(sum(report.costed_net_amount), 0) as margin_rate,
    sum(report.orders) as orders,
    sum(report.ordered_amount) as ordered_amount,
    sum(report.cancelled_orders) as cancelled_orders,
    sum(report.returned_orders) as returned_orders,
    sum(report.not_invoiced_orders) as not_invoiced_orders,
    sum(report.not_invoiced_ordered_amount) as not_invoiced_ordered_amount
from marts.channel_sales_monthly as report
where report.currency = %(currency)s and report.month between %(first_day)s and %(last_day)s
group by report.channel, report.channel_group
order by sum(report.net_amount) desc, report.channel;
