{{ config(materialized='view') }}

with model_builds as (

    select * from {{ source('ops', 'model_builds') }}

),

build_failures as (

    select * from {{ source('ops', 'build_failures') }}

),

mart_months as (

    select * from {{ source('ops', 'mart_months') }}

),

locks as (

    select * from {{ source('ops', 'locks') }}

),

-- A table that is built as a whole is a new one; one that is built by the month keeps its own, with new months in it.
marts as (

    select string_agg(oid::text, ',' order by oid) as tables
    from pg_class
    where relnamespace = to_regnamespace('marts') and relkind = 'r'

),

months as (

    select string_agg(version::text, ',' order by model, month) as versions
    from mart_months

),

final as (

    select
        (select max(built_at) from model_builds) as built_at,
        (select count(*) from build_failures) as failures,
        md5(concat(marts.tables, ';', months.versions)) as version,
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
    from marts
    cross join months

)

select * from final
