-- Sales by the customer's current group.
select
    coalesce(customers.customer_group, '(none)') as name,
    sum(sales.last_12_months_net_amount) as last_12_months_net_amount,
    sum(sales.previous_12_months_net_amount) as previous_12_months_net_amount
from marts.sales_by_customer_monthly as sales
inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
where
    sales.currency = %(currency)s
    and sales.month = (select max(month) from marts.sales_by_customer_monthly where is_closed)
group by 1
order by last_12_months_net_amount desc, name;
