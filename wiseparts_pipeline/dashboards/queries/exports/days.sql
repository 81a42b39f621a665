-- Records delivered on each of the last days, days without any included, and how long they took.
with days as (

    select
        build.timezone,
        days.day::date as date_day
    from marts.last_build as build
    cross join lateral generate_series(
        date_trunc('day', now() at time zone build.timezone)
        - make_interval(days => case %(days)s::text when '7' then 7 when '90' then 90 else 30 end - 1),
        date_trunc('day', now() at time zone build.timezone),
        interval '1 day'
    ) as days (day)

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
