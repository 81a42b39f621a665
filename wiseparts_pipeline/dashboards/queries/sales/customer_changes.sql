-- The customers whose sales have grown and fallen most in the closed months of the year,
-- against those of the year before.
with last as (

    select
        max(month) filter (where is_closed) as month,
        min(month) as first
    from marts.sales_by_customer_monthly

),

-- Whether the data reach back to the beginning of the year before.
reach as (

    select last.first <= date_trunc('month', min(years.date_day)) - interval '1 year' as has_before
    from last
    inner join marts.dim_dates as days on last.month = days.date_day
    inner join marts.dim_dates as years on days.fiscal_year = years.fiscal_year
    group by last.first

),

changes as (

    select
        customers.name,
        sales.customer_key,
        sales.year_to_date_net_amount - sales.previous_year_to_date_net_amount as change,
        sales.year_to_date_net_amount,
        sales.previous_year_to_date_net_amount
    from marts.sales_by_customer_monthly as sales
    inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
    where
        sales.currency = %(currency)s
        and sales.month = (select month from last)
        and (select has_before from reach)

),

ranked as (

    select
        *,
        row_number() over (order by change desc, customer_key) as from_top,
        row_number() over (order by change, customer_key) as from_bottom
    from changes
    where change <> 0

)

select name, customer_key, change, year_to_date_net_amount, previous_year_to_date_net_amount
from ranked
where (from_top <= 5 and change > 0) or (from_bottom <= 5 and change < 0)
order by change desc, customer_key;
