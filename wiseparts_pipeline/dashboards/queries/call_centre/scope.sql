-- The period, whole weeks up to the last complete day, and as many days before it, if all of these are in the data.
with complete as (

    select
        as_of,
        least(as_of, (built_at at time zone timezone)::date - 1) as last_day
    from marts.last_build

),

period as (

    select
        complete.as_of,
        complete.last_day,
        complete.last_day - choices.days + 1 as first_day,
        complete.last_day - 2 * choices.days + 1 as first_day_before
    from complete
    left join (values (7), (14), (28), (91), (364)) as choices (days)
        on choices.days::text = coalesce(%(days)s::text, '28')

)

select
    period.as_of,
    period.last_day,
    period.first_day,
    case
        when period.first_day_before >= (select min(report.date_day) from marts.call_center_daily as report)
            then period.first_day_before
    end as previous_first_day
from period;
