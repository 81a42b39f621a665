{{ config(indexes=[{'columns': ['date_day']}]) }}

{% set steps = ['visit', 'login', 'search', 'view', 'cart', 'checkout', 'purchase', 'order', 'invoice'] %}

with sessions as (

    select * from {{ ref('int_online_sessions') }}

),

days as (

    select
        started_on as date_day,
        count(*) as sessions,
        count(*) filter (where customer_key = {{ unknown() }}) as anonymous_sessions,
        {% for step in steps %}
        count(*) filter (where has_{{ step }}) as {{ step }}_sessions,
        {% endfor %}
        count(*) filter (where has_cart and not has_purchase) as abandoned_cart_sessions,
        count(distinct customer_key) filter (where customer_key <> {{ unknown() }}) as customers,
        count(distinct customer_key) filter (where customer_key <> {{ unknown() }} and has_purchase) as buyers,
        sum(events)::bigint as events,
        sum(searches)::bigint as searches
    from sessions
    group by date_day

),

final as (

    select
        date_day,
        sessions,
        anonymous_sessions,
        {% for step in steps %}
        {{ step }}_sessions,
        {% endfor %}
        abandoned_cart_sessions,
        {% for step in steps if step != 'login' %}
        {{ ratio(step ~ '_sessions', 'sessions') }} as {{ step }}_rate,
        {% endfor %}
        {{ ratio('abandoned_cart_sessions', 'cart_sessions') }} as abandoned_cart_rate,
        customers,
        buyers,
        events,
        searches
    from days

)

select * from final
