-- Of the last days, and of as many days before; what waits and which feeds have stopped is as of now.
with reach as (

    select min(started_at) <= %(before_began_at)s as has_period
    from marts.import_log

),

log as (

    select
        rows_read,
        rows_rejected,
        status,
        started_at > %(began_at)s as is_now
    from marts.import_log
    where started_at > %(before_began_at)s and (%(importer)s::text is null or importer = %(importer)s)

),

files as (

    select
        count(*) filter (where is_now) as files,
        count(*) filter (where not is_now) as previous_files,
        coalesce(sum(rows_read) filter (where is_now), 0) as rows_read,
        coalesce(sum(rows_read) filter (where not is_now), 0) as previous_rows_read,
        coalesce(sum(rows_rejected) filter (where is_now), 0) as rows_rejected,
        sum(rows_rejected) filter (where is_now)
        / nullif(sum(rows_read) filter (where is_now), 0) as rejected_share,
        sum(rows_rejected) filter (where not is_now)
        / nullif(sum(rows_read) filter (where not is_now), 0) as previous_rejected_share,
        count(*) filter (where is_now and status in ('refused', 'failed')) as refused_files,
        count(*) filter (where not is_now and status in ('refused', 'failed')) as previous_refused_files
    from log

),

waiting as (

    select
        coalesce(sum(rows_waiting), 0) as rows_waiting,
        max(started_at) as last_import_at
    from marts.import_log
    where %(importer)s::text is null or importer = %(importer)s

),

feeds as (

    select
        count(*) filter (where due_at < now() or (stale_after_hours is not null and last_imported_at is null))
            as stopped_feeds,
        count(stale_after_hours) as expected_feeds
    from marts.import_freshness
    where %(importer)s::text is null or importer = %(importer)s

)

select
    files.files,
    files.rows_read,
    files.rows_rejected,
    files.rejected_share,
    files.refused_files,
    waiting.rows_waiting,
    feeds.stopped_feeds,
    feeds.expected_feeds,
    case when reach.has_period then files.previous_files end as previous_files,
    case when reach.has_period then files.previous_rows_read end as previous_rows_read,
    case when reach.has_period then files.previous_rejected_share end as previous_rejected_share,
    case when reach.has_period then files.previous_refused_files end as previous_refused_files
from files
cross join waiting
cross join feeds
left join reach on true
where waiting.last_import_at is not null or feeds.expected_feeds > 0;
