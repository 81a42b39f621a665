-- The customers whose sales have grown and fallen most in the closed months of the year, against those of the year
-- before, if the data reach back to its beginning.
with changes as (

    select
        customers.name,
        sales.customer_key,
        sales.year_to_date_net_amount - sales.previous_year_to_date_net_amount as change,
        sales.year_to_date_net_amount,
        sales.previous_year_to_date_net_amount
    from marts.sales_by_customer_monthly as sales
    inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
    where
        %(has_year_before)s
        and sales.currency = %(currency)s
        and sales.month = %(last_month)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
        and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)

),

ranked as (

    select
        *,
        row_number() over (order by change desc, customer_key asc) as from_top,
        row_number() over (order by change, customer_key) as from_bottom
    from changes
    where change <> 0

)

select
    name,
    customer_key,
    change,
    year_to_date_net_amount,
    previous_year_to_date_net_amount
from ranked
where (from_top <= 5 and change > 0) or (from_bottom <= 5 and change < 0)
order by change desc, customer_key asc;
