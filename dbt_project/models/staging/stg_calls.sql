with source as (

    select * from {{ source('raw', 'calls') }}

),

final as (

    select
        call_id,
        started_at,
        answered_at,
        ended_at,
        direction,
        disposition,
        caller_number,
        called_number,
        queue,
        agent_id,
        wait_seconds,
        talk_seconds,
        hold_seconds,
        customer_id,
        {{ lineage() }}
    from source

)

select * from final
