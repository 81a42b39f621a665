-- The customers by ABC class.
select
    sales.abc_class,
    count(*) as customers,
    sum(sales.last_12_months_net_amount) as last_12_months_net_amount,
    sum(sales.last_12_months_net_amount) / nullif(sum(sum(sales.last_12_months_net_amount)) over (), 0) as share
from marts.sales_by_customer_monthly as sales
inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
where
    sales.currency = %(currency)s
    and sales.month = %(last_month)s
    and sales.abc_class is not null
    and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
    and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
group by sales.abc_class
order by sales.abc_class;
