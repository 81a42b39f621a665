-- How far back one can look, other than the usual 30 days.
select
    periods.days,
    'Last ' || periods.days || ' days' as label
from (values ('7'), ('90')) as periods (days)
where exists (select from marts.export_log);
