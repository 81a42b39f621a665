-- The web shop in 24 closed months and in the current one so far.
select
    date_trunc('month', activity.date_day)::date as month,
    date_trunc('month', activity.date_day) < %(current_month)s as is_closed,
    sum(activity.sessions) as sessions,
    sum(activity.purchase_sessions) as purchase_sessions,
    sum(activity.cart_sessions) as cart_sessions,
    sum(activity.abandoned_cart_sessions) as abandoned_cart_sessions,
    sum(activity.purchase_sessions) / nullif(sum(activity.sessions), 0) as purchase_rate,
    sum(activity.abandoned_cart_sessions) / nullif(sum(activity.cart_sessions), 0) as abandoned_cart_rate
from marts.online_activity_daily as activity
where
    activity.date_day >= %(first_shown_month)s
    and activity.date_day < %(current_month)s::date + interval '1 month'
group by date_trunc('month', activity.date_day)
order by month;
