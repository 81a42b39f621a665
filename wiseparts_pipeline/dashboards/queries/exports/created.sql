-- What was created in another system, with its number there, the latest first.
with final as (

    select
        exporter,
        entity,
        coalesce(record_key, record_uuid::text) as record,
        external_id,
        delivered_at,
        seconds_to_delivery,
        code,
        count(*) over () as total_rows
    from marts.export_log
    where
        status = 'delivered'
        and path is null
        and (%(exporter)s::text is null or exporter = %(exporter)s)

)

select * from final
order by delivered_at desc, record asc
limit %(limit)s;
