{% set parties = {
    "'number ' || outside_number": 'outside_number is not null',
    "'customer ' || customer_key": 'customer_key <> ' ~ unknown(),
} %}
{{ config(indexes=[
    {'columns': ['call_id']},
    {'columns': ['started_on']},
    {'columns': ['customer_key']},
]) }}

with calls as (

    select * from {{ ref('fct_calls') }}

),

-- Numbered by time, so that the first of several calls has the lowest number.
outside_calls as (

    select
        call_id,
        started_at,
        direction,
        disposition,
        agent_id,
        outside_number,
        customer_key,
        row_number() over (order by started_at, call_id) as ordinal
    from calls
    where direction <> 'internal'

),

lost as (

    select
        *,
        coalesce(
            case when ended_at >= started_at then ended_at end,
            started_at + wait_seconds * interval '1 second',
            started_at
        ) as lost_at
    from calls
    where is_lost

),

-- Who made the lost call: a number, a customer, or both.
losses as (

    {% for party, condition in parties.items() %}
    select
        call_id,
        {{ party }} as party,
        lost_at as happened_at
    from lost
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

watched as (

    select distinct party from losses

),

-- The events of each of them: lost calls, which have no ordinal, and calls.
events as (

    select
        call_id,
        party,
        happened_at,
        null::bigint as ordinal,
        null as direction,
        null as disposition
    from losses

    {% for party, condition in parties.items() %}
    union all

    select
        outside_calls.call_id,
        watched.party,
        outside_calls.started_at as happened_at,
        outside_calls.ordinal,
        outside_calls.direction,
        outside_calls.disposition
    from outside_calls
    inner join watched
        on {{ party }} = watched.party
    where {{ condition }}
    {% endfor %}

),

-- From the latest event backwards, so that the lowest number up to a lost call is that of the first call after it;
-- within a second the lost call comes first here, so that a call has to begin after it.
next_calls as (

    select
        call_id,
        ordinal,
        min(ordinal) filter (where direction = 'outbound') over later as called_back_ordinal,
        min(ordinal) filter (where direction = 'inbound') over later as called_again_ordinal,
        min(ordinal) filter (where disposition = 'answered') over later as reached_ordinal
    from events
    window later as (
        partition by party
        order by happened_at desc, ordinal desc nulls first
        rows between unbounded preceding and current row
    )

),

-- The first call with either the number or the customer.
first_calls as (

    select
        call_id,
        min(called_back_ordinal) as called_back_ordinal,
        min(called_again_ordinal) as called_again_ordinal,
        min(reached_ordinal) as reached_ordinal
    from next_calls
    where ordinal is null
    group by call_id

),

final as (

    select
        lost.call_id,
        lost.started_at,
        lost.lost_at,
        lost.started_on,
        lost.started_hour,
        coalesce(lost.queue, {{ none_given() }}) as queue,
        lost.wait_seconds,
        lost.customer_key,
        lost.customer_match,
        lost.caller_number,
        lost.outside_number,
        called_back.call_id as called_back_call_id,
        called_back.started_at as called_back_at,
        extract(epoch from called_back.started_at - lost.lost_at)::bigint as seconds_until_called_back,
        called_back.agent_id as called_back_by,
        called_back.disposition as called_back_disposition,
        called_again.call_id as called_again_call_id,
        called_again.started_at as called_again_at,
        extract(epoch from called_again.started_at - lost.lost_at)::bigint as seconds_until_called_again,
        called_again.disposition as called_again_disposition,
        reached.call_id as reached_call_id,
        reached.started_at as reached_at,
        extract(epoch from reached.started_at - lost.lost_at)::bigint as seconds_until_reached,
        reached.agent_id as reached_by,
        case
            when reached.call_id is not null then 'reached'
            when called_back.call_id is not null then 'tried'
            when called_again.call_id is not null then 'called again'
            else 'open'
        end as follow_up,
        called_back.call_id is null and called_again.call_id is null as is_open
    from lost
    left join first_calls
        on lost.call_id = first_calls.call_id
    {% for name in ['called_back', 'called_again', 'reached'] %}
    left join outside_calls as {{ name }}
        on
            first_calls.{{ name }}_ordinal = {{ name }}.ordinal
            and {{ name }}.started_at <= lost.lost_at + interval '{{ var("follow_up_hours") }} hours'
    {% endfor %}

)

select * from final
