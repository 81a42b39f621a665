-- Sales by the customer's current group.
select
    nullif(coalesce(customers.customer_group, '(none)'), %(customer_group)s) as key,
    coalesce(customers.customer_group, '(none)') as name,
    sum(sales.last_12_months_net_amount) as last_12_months_net_amount,
    sum(sales.previous_12_months_net_amount) filter (where %(previous_first_day)s::date is not null)
        as previous_12_months_net_amount
from marts.sales_by_customer_monthly as sales
inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
where
    sales.currency = %(currency)s
    and sales.month = %(last_month)s
    and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
group by customers.customer_group
order by last_12_months_net_amount desc, name asc;
