-- Sales by the representative of the invoice line.
select
    sales_rep_name as name,
    sales_rep_id,
    last_12_months_net_amount,
    previous_12_months_net_amount,
    last_12_months_growth_rate,
    last_12_months_margin_amount
from marts.sales_by_sales_rep_monthly
where
    currency = %(currency)s
    and month = (select max(month) from marts.sales_by_sales_rep_monthly where is_closed)
    and (last_12_months_net_amount <> 0 or previous_12_months_net_amount <> 0)
order by last_12_months_net_amount desc, sales_rep_id;
