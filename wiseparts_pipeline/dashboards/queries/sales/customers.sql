-- The customers that bought in the last 24 months, the biggest first.
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

)

select
    customers.name,
    sales.customer_key,
    customers.customer_group,
    overview.sales_rep_name,
    sales.abc_class,
    sales.last_12_months_net_amount,
    sales.year_to_date_net_amount,
    case when reach.has_before then sales.year_to_date_growth_rate end as year_to_date_growth_rate,
    case when overview.currency = sales.currency then overview.trend end as trend,
    sales.last_12_months_margin_amount,
    amounts.overdue_amount,
    overview.last_contact_on,
    count(*) over () as total_rows
from marts.sales_by_customer_monthly as sales
inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
inner join marts.customer_360 as overview on sales.customer_key = overview.customer_key
left join marts.customer_360_by_currency as amounts
    on sales.customer_key = amounts.customer_key and sales.currency = amounts.currency
cross join reach
where
    sales.currency = %(currency)s
    and sales.month = (select month from last)
    and (sales.last_12_months_net_amount <> 0 or sales.previous_12_months_net_amount <> 0)
    and (%(trend)s::text is null or overview.trend = %(trend)s)
order by sales.last_12_months_net_amount desc, sales.customer_key
limit %(limit)s;
