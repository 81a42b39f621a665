-- How records stand now, and what was delivered in the last days and in as many days before.
with period as (

    select make_interval(days => case %(days)s::text when '7' then 7 when '90' then 90 else 30 end) as length

),

exports as (

    select
        log.*,
        period.length,
        log.delivered_at > now() - period.length as is_now,
        log.delivered_at <= now() - period.length and log.delivered_at > now() - 2 * period.length as is_before
    from marts.export_log as log
    cross join period
    where %(exporter)s::text is null or log.exporter = %(exporter)s

),

final as (

    select
        count(*) as records,
        count(*) filter (where status = 'waiting') as waiting,
        count(*) filter (where status = 'held') as held,
        count(*) filter (where status = 'given_up') as given_up,
        count(*) filter (where status = 'delivered') as not_collected,
        count(*) filter (where is_now) as delivered,
        case when min(noted_at) <= now() - 2 * max(length) then count(*) filter (where is_before) end as previous_delivered,
        percentile_cont(0.5) within group (order by seconds_to_delivery) filter (where is_now)
            as median_seconds_to_delivery,
        percentile_cont(0.5) within group (order by seconds_to_delivery) filter (where is_before)
            as previous_median_seconds_to_delivery
    from exports

)

select * from final
where records > 0;
