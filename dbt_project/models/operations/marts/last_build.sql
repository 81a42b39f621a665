{{ config(materialized='view') }}

with model_builds as (

    select * from {{ source('ops', 'model_builds') }}

),

locks as (

    select * from {{ source('ops', 'locks') }}

),

final as (

    select
        (select max(built_at) from model_builds) as built_at,
        {{ as_of() }} as as_of,
        {{ "'" ~ var('reporting_currency') ~ "'" if var('reporting_currency') else 'null' }}::text as reporting_currency,
        '{{ var("timezone") }}'::text as timezone,
        -- A backup holds the same lock, so that nothing changes.
        exists (
            select from locks
            inner join pg_stat_activity as session
                on
                    locks.pid = session.pid
                    and coalesce(session.backend_start = locks.backend_start, true)
            where locks.name = 'wiseparts.build' and locks.application not like 'wiseparts backup%'
        ) as is_running

)

select * from final
