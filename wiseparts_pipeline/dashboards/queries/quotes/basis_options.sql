-- The month in which a quote can count besides that of decision.
select
    'quoting' as value,
    'Month of quoting' as label
from marts.last_build;
