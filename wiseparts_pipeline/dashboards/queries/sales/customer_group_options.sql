-- The groups of customers; those without one are (none).
select distinct
    coalesce(customer_group, '(none)') as customer_group,
    coalesce(customer_group, '(none)') as label
from marts.dim_customers
order by label;
