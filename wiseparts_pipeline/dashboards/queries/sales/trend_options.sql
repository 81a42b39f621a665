-- How sales to customers develop.
select distinct
    trend,
    initcap(trend) as label
from marts.customer_360
order by trend;
