-- The month in which a quote can count besides that of quoting.
select
    'decision' as value,
    'Month of decision' as label
from marts.last_build;
