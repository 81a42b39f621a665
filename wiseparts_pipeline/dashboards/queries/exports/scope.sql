-- How many days are looked back, and when they began; 30 unless others are chosen.
with period as (

    select
        timezone,
        make_interval(days => case %(days)s::text when '7' then 7 when '90' then 90 else 30 end) as length
    from marts.last_build

)

select
    now() - length as began_at,
    now() - 2 * length as before_began_at,
    (now() at time zone timezone - length + interval '1 day')::date as first_day,
    (now() at time zone timezone)::date as today
from period;
