-- The last twelve closed months of all sales, of a family, or of the chosen customers; the year before only where the
-- data has one.
with chosen as (

    select
        month,
        net_amount,
        previous_year_net_amount,
        margin_amount,
        costed_net_amount,
        uncosted_net_amount
    from marts.sales_by_brand_family_monthly
    where
        not %(is_of_customers)s
        and currency = %(currency)s
        and level = greatest(%(level)s, 1)
        and (%(family)s::text is null or family_key = %(family)s)

    union all

    select
        sales.month,
        sales.net_amount,
        sales.previous_year_net_amount,
        sales.margin_amount,
        sales.costed_net_amount,
        sales.uncosted_net_amount
    from marts.sales_by_customer_monthly as sales
    inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
    where
        %(is_of_customers)s
        and sales.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
        and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)

)

select
    month,
    sum(net_amount) as net_amount,
    sum(previous_year_net_amount) filter (where month - interval '1 year' >= %(first_month)s)
        as previous_year_net_amount,
    sum(margin_amount) / nullif(sum(costed_net_amount), 0) as margin_rate,
    sum(uncosted_net_amount) as uncosted_net_amount
from chosen
where month between %(first_day)s and %(last_day)s
group by month
order by month;
