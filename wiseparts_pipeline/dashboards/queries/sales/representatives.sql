-- Sales by the representative of the invoice line.
with reach as (

    select min(month) <= max(month) filter (where is_closed) - interval '23 months' as has_before
    from marts.sales_by_sales_rep_monthly

)

select
    sales_rep_name as name,
    sales_rep_id,
    last_12_months_net_amount,
    case when reach.has_before then previous_12_months_net_amount end as previous_12_months_net_amount,
    case when reach.has_before then last_12_months_growth_rate end as last_12_months_growth_rate,
    last_12_months_margin_amount
from marts.sales_by_sales_rep_monthly
cross join reach
where
    currency = %(currency)s
    and month = (select max(month) from marts.sales_by_sales_rep_monthly where is_closed)
    and (last_12_months_net_amount <> 0 or previous_12_months_net_amount <> 0)
order by last_12_months_net_amount desc, sales_rep_id;
