{{ config(indexes=[
    {'columns': ['call_id']},
    {'columns': ['started_on']},
    {'columns': ['customer_key']},
]) }}

with calls as (

    select * from {{ ref('stg_calls') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

-- Where the telephone system gives no waiting time: until the call was answered, or else until it ended.
waits as (

    select
        *,
        coalesce(
            wait_seconds,
            extract(
                epoch from case when disposition = 'answered' then answered_at else ended_at end - started_at
            )::bigint
        ) as waited_seconds
    from calls
    where not is_deleted

),

final as (

    select
        waits.call_id,
        waits.started_at,
        waits.answered_at,
        waits.ended_at,
        {{ business_day('waits.started_at') }} as started_on,
        extract(hour from {{ business_time('waits.started_at') }})::int as started_hour,
        waits.direction,
        waits.disposition,
        waits.caller_number,
        waits.called_number,
        waits.queue,
        waits.agent_id,
        coalesce(customers.customer_key, {{ unknown() }}) as customer_key,
        waits.customer_id,
        waits.waited_seconds as wait_seconds,
        waits.talk_seconds,
        waits.hold_seconds,
        waits.direction = 'inbound' as is_offered,
        coalesce(
            waits.direction = 'inbound'
            and waits.disposition = 'answered'
            and waits.waited_seconds <= {{ var('service_level_seconds') }},
            false
        ) as is_answered_in_time,
        waits.source_name,
        waits.file_id,
        waits.row_number,
        waits.updated_at
    from waits
    left join customers
        on waits.customer_id = customers.customer_id

)

select * from final
