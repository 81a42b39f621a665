-- Whose customers one can choose.
select distinct
    coalesce(sales_rep_id, '(unknown)') as sales_rep_id,
    sales_rep_name
from marts.customer_360
order by sales_rep_name, sales_rep_id;
