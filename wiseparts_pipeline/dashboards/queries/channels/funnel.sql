-- How far the sessions of the period came, from visit to invoice.
with totals as (

    select
        sum(activity.sessions) as sessions,
        sum(activity.view_sessions) as view_sessions,
        sum(activity.cart_sessions) as cart_sessions,
        sum(activity.checkout_sessions) as checkout_sessions,
        sum(activity.purchase_sessions) as purchase_sessions,
        sum(activity.order_sessions) as order_sessions,
        sum(activity.invoice_sessions) as invoice_sessions
    from marts.online_activity_daily as activity
    where activity.date_day between %(first_day)s and %(last_day)s

)

select
    steps.step,
    steps.sessions,
    steps.sessions / nullif(totals.sessions, 0) as share
from totals
cross join
    lateral (
        values
        (1, 'All visits', totals.sessions),
        (2, 'Product looked at', totals.view_sessions),
        (3, 'Into the cart', totals.cart_sessions),
        (4, 'Checkout', totals.checkout_sessions),
        (5, 'Bought', totals.purchase_sessions),
        (6, 'Order arrived', totals.order_sessions),
        (7, 'Invoiced', totals.invoice_sessions)
    ) as steps (place, step, sessions)
where totals.sessions > 0
order by steps.place;
