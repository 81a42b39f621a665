-- Records delivered on each of the last days, days without any included, and how long they took.
with days as (

    select
        timezone,
        generate_series(%(first_day)s::timestamp, %(today)s::timestamp, interval '1 day')::date as date_day
    from marts.last_build

),

final as (

    select
        days.date_day,
        count(log.export_id) as delivered,
        percentile_cont(0.5) within group (order by log.seconds_to_delivery) as median_seconds_to_delivery,
        max(log.seconds_to_delivery) as slowest_seconds_to_delivery
    from days
    left join marts.export_log as log
        on
            days.date_day = (log.delivered_at at time zone days.timezone)::date
            and log.delivered_at > now() - interval '91 days'
            and (%(exporter)s::text is null or log.exporter = %(exporter)s)
    group by days.date_day

)

select * from final
where exists (select from marts.export_log)
order by date_day;
