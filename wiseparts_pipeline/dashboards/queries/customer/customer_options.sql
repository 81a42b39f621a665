-- Whom one can choose, by name.
select
    customer_key,
    name || coalesce(', ' || city, '') as label
from marts.customer_360
where not is_unknown
order by name, customer_key;
