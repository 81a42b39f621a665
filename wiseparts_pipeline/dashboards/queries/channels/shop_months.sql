-- The web shop in 24 closed months and in the current one so far.
with closed as (

    select date_trunc('month', as_of)::date as next_month
    from marts.last_build

)

select
    date_trunc('month', activity.date_day)::date as month,
    date_trunc('month', activity.date_day) < max(closed.next_month) as is_closed,
    sum(activity.sessions) as sessions,
    sum(activity.purchase_sessions) as purchase_sessions,
    sum(activity.cart_sessions) as cart_sessions,
    sum(activity.abandoned_cart_sessions) as abandoned_cart_sessions,
    sum(activity.purchase_sessions) / nullif(sum(activity.sessions), 0) as purchase_rate,
    sum(activity.abandoned_cart_sessions) / nullif(sum(activity.cart_sessions), 0) as abandoned_cart_rate
from marts.online_activity_daily as activity
inner join closed
    on
        activity.date_day >= closed.next_month - interval '24 months'
        and activity.date_day < closed.next_month + interval '1 month'
group by date_trunc('month', activity.date_day)
order by month;
