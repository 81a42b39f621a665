-- Feeds that have stopped first, then by when the next file is due.
with files as (

    select
        log.importer,
        count(*) as files,
        sum(log.rows_read) as rows_read,
        sum(log.rows_rejected) as rows_rejected,
        sum(log.rows_rejected) / nullif(sum(log.rows_read), 0) as rejected_share
    from marts.import_log as log
    where log.started_at > %(began_at)s
    group by log.importer

),

final as (

    select
        feeds.importer,
        feeds.entity,
        case
            when feeds.due_at < now() then 'stopped'
            when feeds.stale_after_hours is null then 'not expected'
            when feeds.last_imported_at is null then 'never arrived'
            else 'on time'
        end as state,
        feeds.file_name,
        feeds.file_date,
        feeds.last_imported_at,
        feeds.due_at,
        coalesce(files.files, 0) as files,
        coalesce(files.rows_read, 0) as rows_read,
        coalesce(files.rows_rejected, 0) as rows_rejected,
        files.rejected_share
    from marts.import_freshness as feeds
    left join files using (importer)
    where %(importer)s::text is null or feeds.importer = %(importer)s

)

select * from final
order by array_position(array['stopped', 'never arrived', 'on time', 'not expected'], state), due_at, importer;
