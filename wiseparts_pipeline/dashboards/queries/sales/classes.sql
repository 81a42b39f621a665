-- The customers by ABC class.
select
    sales.abc_class,
    count(*) as customers,
    sum(sales.last_12_months_net_amount) as last_12_months_net_amount,
    sum(sales.last_12_months_net_amount) / nullif(sum(sum(sales.last_12_months_net_amount)) over (), 0) as share
from marts.sales_by_customer_monthly as sales
where
    sales.currency = %(currency)s
    and sales.month = (select max(month) from marts.sales_by_customer_monthly where is_closed)
    and sales.abc_class is not null
group by sales.abc_class
order by sales.abc_class;
