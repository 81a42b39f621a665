-- What the receiver has not taken away yet, the oldest first.
with final as (

    select
        exporter,
        entity,
        coalesce(record_key, record_uuid::text) as record,
        version,
        delivered_at,
        seconds_to_delivery,
        path,
        code,
        count(*) over () as total_rows
    from marts.export_log
    where
        status = 'delivered'
        and path is not null
        and (%(exporter)s::text is null or exporter = %(exporter)s)

)

select * from final
order by delivered_at, record
limit %(limit)s;
