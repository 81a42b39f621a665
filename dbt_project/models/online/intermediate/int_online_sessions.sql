{{ config(materialized='table') }}

with activity as (

    select * from {{ ref('fct_online_activity') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

final as (

    select
        activity.session_key,
        {{ business_day('min(activity.occurred_at)') }} as started_on,
        {{ business_day('max(activity.occurred_at)') }} as ended_on,
        coalesce(
            (
                array_agg(activity.customer_key order by activity.occurred_at, activity.event_id)
                filter (where activity.customer_key <> {{ unknown() }})
            )[1],
            {{ unknown() }}
        ) as customer_key,
        count(*) as events,
        count(*) filter (where activity.kind = 'search') as searches,
        {% for kind in ['visit', 'login', 'search', 'view', 'cart', 'checkout', 'purchase'] %}
        bool_or(activity.kind = '{{ kind }}') as has_{{ kind }},
        {% endfor %}
        bool_or(activity.kind = 'purchase' and orders.order_id is not null) as has_order,
        coalesce(bool_or(activity.kind = 'purchase' and orders.is_invoiced), false) as has_invoice
    from activity
    left join orders
        on activity.order_id = orders.order_id
    group by activity.session_key

)

select * from final
