-- How records stand now, and what was delivered in the last days and in as many days before.
with exports as (

    select
        *,
        delivered_at > %(began_at)s as is_now,
        delivered_at <= %(began_at)s and delivered_at > %(before_began_at)s as is_before
    from marts.export_log
    where %(exporter)s::text is null or exporter = %(exporter)s

),

final as (

    select
        count(*) as records,
        count(*) filter (where status = 'waiting') as waiting,
        count(*) filter (where status = 'held') as held,
        count(*) filter (where status = 'given_up') as given_up,
        count(*) filter (where status = 'delivered' and path is not null) as not_collected,
        count(*) filter (where is_now) as delivered,
        case when min(noted_at) <= %(before_began_at)s then count(*) filter (where is_before) end
            as previous_delivered,
        percentile_cont(0.5) within group (order by seconds_to_delivery) filter (where is_now)
            as median_seconds_to_delivery,
        case
            when min(noted_at) <= %(before_began_at)s
                then percentile_cont(0.5) within group (order by seconds_to_delivery) filter (where is_before)
        end as previous_median_seconds_to_delivery
    from exports

)

select * from final
where records > 0;
