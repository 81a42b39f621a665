-- Which open quotes can be listed besides all.
select
    '7' as value,
    'Expire within 7 days' as label
from marts.last_build;
