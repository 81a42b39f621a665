-- Sales by the customer's current group.
with reach as (

    select min(month) <= max(month) filter (where is_closed) - interval '23 months' as has_before
    from marts.sales_by_customer_monthly

)

select
    coalesce(customers.customer_group, '(none)') as name,
    sum(sales.last_12_months_net_amount) as last_12_months_net_amount,
    sum(case when reach.has_before then sales.previous_12_months_net_amount end) as previous_12_months_net_amount
from marts.sales_by_customer_monthly as sales
inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
cross join reach
where
    sales.currency = %(currency)s
    and sales.month = (select max(month) from marts.sales_by_customer_monthly where is_closed)
group by 1
order by last_12_months_net_amount desc, name;
