{{ config(indexes=[
    {'columns': ['event_id']},
    {'columns': ['occurred_on']},
    {'columns': ['customer_key']},
    {'columns': ['session_key']},
]) }}

with activity as (

    select * from {{ ref('stg_online_activity') }}

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

emails as (

    select * from {{ ref('int_customer_emails') }}

),

product_keys as (

    select * from {{ ref('int_product_keys') }}

),

matched as (

    select
        activity.*,
        lower(activity.email) as email_address,
        coalesce(customer_keys.customer_key, emails.customer_key, {{ unknown() }}) as customer_key,
        case
            when customer_keys.customer_key is not null then 'customer_id'
            when emails.customer_key is not null then 'email'
            when emails.customers > 1 then 'ambiguous'
            else 'none'
        end as customer_match
    from activity
    left join customer_keys
        on activity.customer_id = customer_keys.customer_id
    left join emails
        on
            activity.customer_id is null
            and lower(activity.email) = emails.email
    where not activity.is_deleted

),

-- The visitor of an event without a session: the first of these that is known; null for one that cannot be identified.
visitors as (

    select
        event_id,
        occurred_at,
        coalesce(nullif(customer_key, {{ unknown() }}), customer_id, email_address) as visitor
    from matched
    where session_id is null

),

beginnings as (

    select
        event_id,
        occurred_at,
        visitor,
        visitor is null or coalesce(
            occurred_at - lag(occurred_at) over (partition by visitor order by occurred_at, event_id)
            > interval '{{ var("session_gap_minutes") }} minutes',
            true
        ) as begins
    from visitors

),

runs as (

    select
        event_id,
        occurred_at,
        visitor,
        count(*) filter (where begins) over (partition by visitor order by occurred_at, event_id) as run
    from beginnings

),

made_sessions as (

    select
        event_id,
        '(event) ' || first_value(event_id) over (partition by visitor, run order by occurred_at, event_id)
            as session_key
    from runs

),

final as (

    select
        matched.event_id,
        matched.occurred_at,
        {{ business_day('matched.occurred_at') }} as occurred_on,
        matched.kind,
        coalesce(matched.session_id, made_sessions.session_key) as session_key,
        matched.customer_key,
        matched.customer_match,
        coalesce(product_keys.product_key, {{ unknown() }}) as product_key,
        case
            when matched.kind = 'search'
                then coalesce(
                    nullif(regexp_replace(lower(trim(matched.search_term)), '\s+', ' ', 'g'), ''),
                    {{ unknown() }}
                )
        end as search_phrase,
        matched.customer_id,
        matched.email,
        matched.product_id,
        matched.search_term,
        matched.order_id,
        matched.session_id,
        matched.source_name,
        matched.file_id,
        matched.row_number,
        matched.updated_at
    from matched
    left join made_sessions
        on matched.event_id = made_sessions.event_id
    left join product_keys
        on matched.product_id = product_keys.product_id

)

select * from final
