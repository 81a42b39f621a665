-- Rows of the files whose import began on each of the last days, days without any included.
with days as (

    select
        timezone,
        generate_series(%(first_day)s::timestamp, %(today)s::timestamp, interval '1 day')::date as date_day
    from marts.last_build

),

final as (

    select
        days.date_day,
        count(log.file_id) as files,
        count(log.file_id) filter (where log.status in ('refused', 'failed')) as refused_files,
        coalesce(sum(log.rows_read - log.rows_rejected - log.rows_waiting), 0) as rows_loaded,
        coalesce(sum(log.rows_rejected), 0) as rows_rejected,
        coalesce(sum(log.rows_waiting), 0) as rows_waiting
    from days
    left join marts.import_log as log
        on
            days.date_day = (log.started_at at time zone days.timezone)::date
            and log.started_at > now() - interval '91 days'
            and (%(importer)s::text is null or log.importer = %(importer)s)
    group by days.date_day

)

select * from final
where exists (select from marts.import_log)
order by date_day;
