-- The customers whose sales have grown and fallen most.
with changes as (

    select
        customers.name,
        sales.customer_key,
        sales.last_12_months_net_amount - sales.previous_12_months_net_amount as change,
        sales.last_12_months_net_amount,
        sales.previous_12_months_net_amount
    from marts.sales_by_customer_monthly as sales
    inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
    where
        sales.currency = %(currency)s
        and sales.month = (select max(month) from marts.sales_by_customer_monthly where is_closed)

),

ranked as (

    select
        *,
        row_number() over (order by change desc, customer_key) as from_top,
        row_number() over (order by change, customer_key) as from_bottom
    from changes
    where change <> 0

)

select name, customer_key, change, last_12_months_net_amount, previous_12_months_net_amount
from ranked
where (from_top <= 5 and change > 0) or (from_bottom <= 5 and change < 0)
order by change desc, customer_key;
