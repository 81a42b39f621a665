-- How many feeds have stopped, and how many files of the last seven days were not imported; null if nothing is known.
select
    'feeds' as reason,
    case
        when count(stale_after_hours) > 0
            then count(*) filter (where due_at < now() or (stale_after_hours is not null and last_imported_at is null))
    end as items,
    null::numeric as amount
from marts.import_freshness
having 'imports' <> all(%(hidden)s::text[])

union all

select
    'files' as reason,
    case
        when count(*) > 0
            then count(*) filter (where status in ('refused', 'failed') and started_at > now() - interval '7 days')
    end as items,
    null as amount
from marts.import_log
having 'imports' <> all(%(hidden)s::text[]);
