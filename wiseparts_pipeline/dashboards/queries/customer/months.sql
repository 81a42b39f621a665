-- The last 12 closed months, each with the same month a year earlier.
with bounds as (

    select
        max(month) filter (where is_closed) as last_month,
        min(month) as first_month
    from marts.sales_by_customer_monthly

),

months as (

    select
        months.month::date as month,
        months.month - interval '1 year' >= bounds.first_month as has_month_before
    from bounds
    cross join lateral generate_series(
        bounds.last_month - interval '11 months', bounds.last_month, interval '1 month'
    ) as months (month)

),

final as (

    select
        months.month,
        coalesce(sales.net_amount, 0) as net_amount,
        case when months.has_month_before then coalesce(sales.previous_year_net_amount, 0) end
            as previous_year_net_amount,
        coalesce(sales.margin_amount, 0) as margin_amount,
        sales.margin_rate
    from months
    left join marts.sales_by_customer_monthly as sales
        on
            months.month = sales.month
            and sales.customer_key = %(customer)s
            and sales.currency = %(currency)s

)

select * from final
where
    exists (
        select from marts.sales_by_customer_monthly as sales
        where sales.customer_key = %(customer)s and sales.currency = %(currency)s
    )
order by month;
