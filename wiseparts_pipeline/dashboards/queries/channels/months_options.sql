-- How many months the period can have, which ends with the last closed one.
select
    months.months as value,
    months.label || to_char(last_build.as_of - months.months * interval '1 month', ', "from" FMMonth YYYY') as label
from marts.last_build
cross join (
    values
    (1, 'Last month'),
    (6, 'Last 6 months'),
    (12, 'Last 12 months'),
    (24, 'Last 24 months')
) as months (months, label)
order by months.months;
