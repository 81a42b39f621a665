-- What is not delivered: given up, held or waiting, the oldest of each first. The reason in words is not in the marts,
-- as it may quote a value; its code stands for what to do, unless it is given up.
with final as (

    select
        exporter,
        entity,
        coalesce(record_key, record_uuid::text) as record,
        version,
        status,
        code,
        case when status = 'given_up' then status else coalesce(code, status) end as advice,
        attempts,
        noted_at,
        next_attempt_at,
        count(*) over () as total_rows
    from marts.export_log
    where status in ('given_up', 'held', 'waiting') and (%(exporter)s::text is null or exporter = %(exporter)s)

)

select * from final
order by array_position(array['given_up', 'held', 'waiting'], status), noted_at, record
limit %(limit)s;
