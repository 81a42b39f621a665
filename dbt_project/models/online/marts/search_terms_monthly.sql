{{ config(indexes=[{'columns': ['month']}]) }}

with activity as (

    select * from {{ ref('fct_online_activity') }}

),

sessions as (

    select * from {{ ref('int_online_sessions') }}

),

searches as (

    select
        {{ month_of('activity.occurred_on') }} as month,
        activity.search_phrase,
        activity.session_key,
        sessions.customer_key,
        sessions.has_purchase
    from activity
    inner join sessions
        on activity.session_key = sessions.session_key
    where activity.kind = 'search'

),

phrases as (

    select
        month,
        search_phrase,
        count(*) as searches,
        count(distinct session_key) as sessions,
        count(distinct session_key) filter (where has_purchase) as purchase_sessions,
        count(distinct customer_key) filter (where customer_key <> {{ unknown() }}) as customers
    from searches
    group by month, search_phrase

),

final as (

    select
        month,
        search_phrase,
        searches,
        sessions,
        purchase_sessions,
        sessions - purchase_sessions as sessions_without_purchase,
        {{ ratio('purchase_sessions', 'sessions') }} as purchase_rate,
        customers
    from phrases

)

select * from final
