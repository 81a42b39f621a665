{{ config(indexes=[
    {'columns': ['call_id']},
    {'columns': ['started_on']},
    {'columns': ['customer_key']},
    {'columns': ['outside_number']},
]) }}

with calls as (

    select * from {{ ref('stg_calls') }}

),

customer_keys as (

    select * from {{ ref('int_customer_keys') }}

),

phone_numbers as (

    select * from {{ ref('int_phone_numbers') }}
    where country_code = '{{ var("phone_country") }}'

),

phone_owners as (

    select * from {{ ref('int_phone_owners') }}

),

-- Without a received waiting time: until the call was answered, otherwise until it ended. Without a received talk time:
-- from the answer to the end.
timed as (

    select
        *,
        coalesce(
            wait_seconds,
            {{ seconds_between('started_at', "case when disposition = 'answered' then answered_at else ended_at end") }}
        ) as waited_seconds,
        case
            when disposition = 'answered'
                then coalesce(
                    talk_seconds + coalesce(hold_seconds, 0),
                    {{ seconds_between('answered_at', 'ended_at') }}
                )
        end as handle_seconds,
        {{ outside_number() }} as written_number
    from calls
    where not is_deleted

),

flagged as (

    select
        *,
        direction = 'inbound' as is_offered,
        direction = 'inbound' and disposition = 'lost' as is_abandoned,
        waited_seconds is not null and waited_seconds <= {{ var('short_abandon_seconds') }} as is_short
    from timed

),

final as (

    select
        flagged.call_id,
        flagged.started_at,
        flagged.answered_at,
        flagged.ended_at,
        {{ business_day('flagged.started_at') }} as started_on,
        extract(hour from {{ business_time('flagged.started_at') }})::int as started_hour,
        flagged.direction,
        flagged.disposition,
        flagged.caller_number,
        flagged.called_number,
        phone_numbers.phone_number as outside_number,
        flagged.queue,
        flagged.agent_id,
        coalesce(customer_keys.customer_key, phone_owners.customer_key, {{ unknown() }}) as customer_key,
        flagged.customer_id,
        case
            when customer_keys.customer_key is not null then 'telephone system'
            when phone_owners.customer_key is not null then 'number'
            when phone_owners.customers > 1 then 'ambiguous'
            else 'none'
        end as customer_match,
        flagged.waited_seconds as wait_seconds,
        flagged.talk_seconds,
        flagged.hold_seconds,
        flagged.handle_seconds,
        flagged.is_offered,
        coalesce(
            flagged.is_offered
            and flagged.disposition = 'answered'
            and flagged.waited_seconds <= {{ var('service_level_seconds') }},
            false
        ) as is_answered_in_time,
        flagged.is_abandoned and not flagged.is_short as is_lost,
        flagged.is_abandoned and flagged.is_short as is_short_abandon,
        flagged.source_name,
        flagged.file_id,
        flagged.row_number,
        flagged.updated_at
    from flagged
    left join customer_keys
        on flagged.customer_id = customer_keys.customer_id
    left join phone_numbers
        on flagged.written_number = phone_numbers.written_number
    left join phone_owners
        on phone_numbers.phone_number = phone_owners.phone_number

)

select * from final
