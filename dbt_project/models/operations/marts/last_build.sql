{{ config(materialized='view') }}

with model_builds as (

    select * from {{ source('ops', 'model_builds') }}

),

build_failures as (

    select * from {{ source('ops', 'build_failures') }}

),

installation as (

    select * from {{ source('ops', 'installation') }}

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

-- The holder of the lock of builds, if its session lives. A backup holds it as well, so that nothing changes.
running as (

    select count(*) > 0 as is_running
    from locks
    inner join pg_stat_activity as session
        on
            locks.pid = session.pid
            and coalesce(locks.backend_start = session.backend_start, true)
    where locks.name = 'wiseparts.build' and locks.application not like 'wiseparts backup%'

),

built as (

    select
        max(built_at) as built_at,
        -- A model that there is no more is noted as well.
        count(*) filter (where day <> {{ as_of() }} and to_regclass(format('marts.%I', model)) is not null)
            as marts_of_other_days
    from model_builds

),

failed as (

    select count(*) as failures
    from build_failures

),

final as (

    select
        built.built_at,
        failed.failures,
        md5(concat(marts.tables, ';', months.versions)) as version,
        {{ as_of() }} as as_of,
        built.marts_of_other_days,
        coalesce(installation.as_of = {{ as_of() }}, false) as is_demo,
        nullif('{{ var("reporting_currency") or "" }}', '') as reporting_currency,
        '{{ var("timezone") }}'::text as timezone,
        running.is_running
    from built
    cross join failed
    cross join marts
    cross join months
    cross join running
    cross join installation

)

select * from final
