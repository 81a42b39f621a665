-- How many days the period can have, whole weeks, so that each weekday is in it as often as in the one before.
select
    days.days as value,
    days.label
from marts.last_build
cross join (
    values
    (7, 'Last 7 days'),
    (14, 'Last 2 weeks'),
    (91, 'Last 13 weeks'),
    (364, 'Last 52 weeks')
) as days (days, label)
order by days.days;
