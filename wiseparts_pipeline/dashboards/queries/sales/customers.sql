-- The customers that bought in the last 24 months, the biggest first. Where no cost is known the margin is not, either.
select
    customers.name,
    sales.customer_key,
    customers.customer_group,
    overview.sales_rep_name,
    sales.abc_class,
    sales.last_12_months_net_amount,
    sales.year_to_date_net_amount,
    case when %(has_year_before)s then sales.year_to_date_growth_rate end as year_to_date_growth_rate,
    case when overview.currency = sales.currency then overview.trend end as trend,
    case
        when exists (
            select from marts.sales_by_customer_monthly as sold
            where
                sold.customer_key = sales.customer_key
                and sold.currency = sales.currency
                and sold.month between %(first_day)s and %(last_day)s
                and sold.sales_lines > sold.lines_without_cost
        ) then sales.last_12_months_margin_amount
    end as last_12_months_margin_amount,
    amounts.overdue_amount,
    overview.last_contact_on,
    count(*) over () as total_rows
from marts.sales_by_customer_monthly as sales
inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
inner join marts.customer_360 as overview on sales.customer_key = overview.customer_key
left join marts.customer_360_by_currency as amounts
    on sales.customer_key = amounts.customer_key and sales.currency = amounts.currency
where
    sales.currency = %(currency)s
    and sales.month = %(last_month)s
    and (sales.last_12_months_net_amount <> 0 or sales.previous_12_months_net_amount <> 0)
    and (%(trend)s::text is null or overview.trend = %(trend)s)
    and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
    and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
order by sales.last_12_months_net_amount desc, sales.customer_key asc
limit %(limit)s;
