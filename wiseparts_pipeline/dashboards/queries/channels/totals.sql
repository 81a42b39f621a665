-- One row: the period, which ends with the last closed month, and as many months before it, if all are in the data.
-- What is not invoiced is of orders placed in the period. Growth is that of the months that have a year before them.
with periods as (

    select *
    from (
        values
        (true, %(first_day)s::date, %(last_day)s::date),
        (false, %(previous_first_day)s::date, %(first_day)s::date - 1)
    ) as periods (is_current, first_day, last_day)
    where first_day is not null

),

sales as (

    select
        periods.is_current,
        sum(report.net_amount) filter (where report.channel_group = 'web') as web_net_amount,
        sum(report.net_amount) filter (where report.channel_group = 'web') / nullif(sum(report.net_amount), 0)
            as web_share,
        sum(report.net_amount)
        filter (where report.channel_group = 'web' and report.previous_year_net_amount is not null)
            as compared_web_net_amount,
        sum(report.previous_year_net_amount) filter (where report.channel_group = 'web')
            as previous_year_web_net_amount,
        sum(report.not_invoiced_orders) as not_invoiced_orders,
        sum(report.not_invoiced_ordered_amount) as not_invoiced_ordered_amount
    from periods
    inner join marts.channel_sales_monthly as report on report.month between periods.first_day and periods.last_day
    where report.currency = %(currency)s
    group by periods.is_current

),

sessions as (

    select
        periods.is_current,
        sum(activity.sessions) as sessions,
        sum(activity.purchase_sessions) / nullif(sum(activity.sessions), 0) as purchase_rate,
        sum(activity.abandoned_cart_sessions) as abandoned_cart_sessions,
        sum(activity.abandoned_cart_sessions) / nullif(sum(activity.cart_sessions), 0) as abandoned_cart_rate
    from periods
    inner join marts.online_activity_daily as activity
        on activity.date_day between periods.first_day and periods.last_day
    group by periods.is_current

),

totals as (

    select
        periods.is_current,
        coalesce(sales.web_net_amount, 0) as web_net_amount,
        sales.web_share,
        case
            when sales.previous_year_web_net_amount > 0
                then
                    (sales.compared_web_net_amount - sales.previous_year_web_net_amount)
                    / sales.previous_year_web_net_amount
        end as web_growth_rate,
        coalesce(sales.not_invoiced_orders, 0) as not_invoiced_orders,
        coalesce(sales.not_invoiced_ordered_amount, 0) as not_invoiced_ordered_amount,
        sessions.sessions,
        sessions.purchase_rate,
        sessions.abandoned_cart_sessions,
        sessions.abandoned_cart_rate
    from periods
    left join sales on periods.is_current = sales.is_current
    left join sessions on periods.is_current = sessions.is_current

)

select
    now.web_net_amount,
    before.web_net_amount as previous_web_net_amount,
    now.web_share,
    before.web_share as previous_web_share,
    now.web_growth_rate,
    before.web_growth_rate as previous_web_growth_rate,
    now.not_invoiced_orders,
    before.not_invoiced_orders as previous_not_invoiced_orders,
    now.not_invoiced_ordered_amount,
    before.not_invoiced_ordered_amount as previous_not_invoiced_ordered_amount,
    now.sessions,
    before.sessions as previous_sessions,
    now.purchase_rate,
    before.purchase_rate as previous_purchase_rate,
    now.abandoned_cart_sessions,
    before.abandoned_cart_sessions as previous_abandoned_cart_sessions,
    now.abandoned_cart_rate,
    before.abandoned_cart_rate as previous_abandoned_cart_rate
from totals as now
left join totals as before on not before.is_current
where
    now.is_current
    and (exists (select from marts.channel_sales_monthly) or exists (select from marts.online_activity_daily));
