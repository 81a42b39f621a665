-- Feeds that have stopped, and files of the last seven days that were not imported, beside those of the seven before.
with feeds as (

    select
        count(*) filter (where due_at < now() or (stale_after_hours is not null and last_imported_at is null))
            as stopped_feeds,
        count(stale_after_hours) as expected_feeds
    from marts.import_freshness

),

files as (

    select
        count(*) as files,
        min(started_at) <= now() - interval '14 days' as has_week_before,
        count(*) filter (where status in ('refused', 'failed') and started_at > now() - interval '7 days')
            as refused_files,
        count(*) filter (
            where
            status in ('refused', 'failed')
            and started_at <= now() - interval '7 days'
            and started_at > now() - interval '14 days'
        ) as previous_refused_files
    from marts.import_log

)

select
    case when feeds.expected_feeds > 0 then feeds.stopped_feeds end as stopped_feeds,
    case when files.files > 0 then files.refused_files end as refused_files,
    case when files.has_week_before then files.previous_refused_files end as previous_refused_files
from feeds
cross join files
where 'imports' <> all(%(hidden)s::text[]);
