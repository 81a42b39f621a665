{{ config(indexes=[{'columns': ['date_day', 'agent_id']}]) }}

with calls as (

    select * from {{ ref('fct_calls') }}

),

-- An inbound call takes the agent's time from the answer, any other from its start.
taken as (

    select
        *,
        coalesce(agent_id, {{ none_given() }}) as agent,
        case
            when agent_id is null or (direction = 'inbound' and disposition <> 'answered') then null
            when direction = 'inbound' then coalesce(answered_at, started_at + wait_seconds * interval '1 second')
            else started_at
        end as busy_from
    from calls

),

handled as (

    select
        *,
        case
            when busy_from is not null
                then greatest(coalesce(ended_at, busy_from + handle_seconds * interval '1 second'), busy_from)
        end as busy_until
    from taken

),

agents as (

    select
        started_on as date_day,
        agent as agent_id,
        {{ call_totals() }},
        min(busy_from) as first_busy_at,
        max(busy_until) as last_busy_until
    from handled
    group by date_day, agent

),

final as (

    select
        agents.date_day,
        agents.agent_id,
        {{ call_figures('agents') }},
        agents.first_busy_at,
        agents.last_busy_until,
        extract(epoch from agents.last_busy_until - agents.first_busy_at)::bigint as present_seconds,
        {{ ratio('agents.handle_seconds', 'extract(epoch from agents.last_busy_until - agents.first_busy_at)') }}
            as occupancy
    from agents

)

select * from final
