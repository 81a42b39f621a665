-- Whose customers, quotes or sales one can choose.
select distinct
    coalesce(sales_rep_id, '(unknown)') as sales_rep_id,
    coalesce(nullif(sales_rep_name, '(unknown)'), sales_rep_id, '(unknown)') as label
from marts.customer_360
order by label, sales_rep_id;
