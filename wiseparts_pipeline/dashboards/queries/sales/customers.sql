-- The customers that bought in the last 24 months, the biggest first.
select
    customers.name,
    sales.customer_key,
    customers.customer_group,
    overview.sales_rep_name,
    sales.abc_class,
    sales.last_12_months_net_amount,
    sales.previous_12_months_net_amount,
    sales.last_12_months_growth_rate,
    overview.trend,
    sales.last_12_months_margin_amount,
    amounts.overdue_amount,
    overview.last_contact_on,
    count(*) over () as total_rows
from marts.sales_by_customer_monthly as sales
inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
inner join marts.customer_360 as overview on sales.customer_key = overview.customer_key
left join marts.customer_360_by_currency as amounts
    on sales.customer_key = amounts.customer_key and sales.currency = amounts.currency
where
    sales.currency = %(currency)s
    and sales.month = (select max(month) from marts.sales_by_customer_monthly where is_closed)
    and (sales.last_12_months_net_amount <> 0 or sales.previous_12_months_net_amount <> 0)
    and (%(trend)s::text is null or overview.trend = %(trend)s)
order by sales.last_12_months_net_amount desc, sales.customer_key
limit %(limit)s;
