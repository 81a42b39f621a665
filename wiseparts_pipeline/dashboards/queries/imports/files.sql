-- The latest files with what to do about them; of a file that was not imported, the code of why it was not, or its
-- status, stands for that. The reason in words is not shown, as it may quote a row.
with final as (

    select
        log.file_id,
        log.started_at,
        log.importer,
        log.name,
        log.status,
        log.rows_read,
        log.rows_created + log.rows_updated as rows_changed,
        log.rows_rejected,
        log.rows_waiting,
        log.duration_seconds,
        log.error_code,
        case
            when log.status in ('refused', 'failed') then coalesce(log.error_code, log.status)
            when log.rows_rejected > 0
                then
                    'Correct the rejected rows in '
                    || coalesce(log.error_file, 'the error file')
                    || ' and send them again'
            when log.rows_waiting > 0 then 'Nothing, or send the records that the waiting rows refer to'
            when log.status in ('detected', 'importing') then 'Nothing: it is being imported'
        end as advice,
        count(*) over () as total_rows
    from marts.import_log as log
    where
        (%(importer)s::text is null or log.importer = %(importer)s)
        and (
            %(status)s::text is null
            or log.status = %(status)s
            or (%(status)s = 'refused' and log.status = 'failed')
        )

)

select * from final
order by coalesce(started_at, 'infinity') desc, file_id desc
limit %(limit)s;
