{{ config(materialized='view') }}

with import_files as (

    select * from {{ source('ops', 'import_files') }}

),

pulls as (

    select * from {{ source('ops', 'pulls') }}

),

expected as (

    {{ expected_feeds() }}

),

last_imports as (

    select distinct on (importer) *
    from import_files
    where status in ('imported', 'imported_with_errors')
    order by importer asc, finished_at desc, file_id desc

),

-- A pull that finds nothing new writes no file.
last_pulls as (

    select
        pull as importer,
        max(finished_at) as finished_at
    from pulls
    where status = 'imported' and kind <> 'keys'
    group by pull

),

final as (

    select
        coalesce(expected.importer, last_imports.importer) as importer,
        coalesce(expected.entity, last_imports.entity) as entity,
        last_imports.file_id,
        last_imports.name as file_name,
        last_imports.file_date,
        greatest(last_imports.finished_at, last_pulls.finished_at) as last_imported_at,
        round(expected.stale_after_minutes / 60.0, 2) as stale_after_hours,
        greatest(last_imports.finished_at, last_pulls.finished_at)
        + expected.stale_after_minutes * interval '1 minute' as due_at
    from expected
    full join last_imports
        on expected.importer = last_imports.importer
    left join last_pulls
        on coalesce(expected.importer, last_imports.importer) = last_pulls.importer

)

select * from final
