{{ config(materialized='view') }}

with import_files as (

    select * from {{ source('ops', 'import_files') }}

),

final as (

    select
        file_id,
        importer,
        entity,
        source,
        path,
        name,
        size_bytes,
        modified_at,
        sha256,
        file_date,
        file_moment,
        status,
        rows_read,
        rows_created,
        rows_updated,
        rows_unchanged,
        rows_superseded,
        rows_rejected,
        rows_waiting,
        rows_deleted,
        warnings,
        file_columns,
        snapshot_values,
        error_code,
        error,
        run_id,
        detected_at,
        started_at,
        finished_at,
        round(extract(epoch from finished_at - started_at), 3) as duration_seconds,
        round(
            rows_read / nullif(extract(epoch from finished_at - started_at), 0), 1
        ) as rows_per_second,
        archived_to,
        error_file,
        attempts,
        joined_to
    from import_files

)

select * from final
