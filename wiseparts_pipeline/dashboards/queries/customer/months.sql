-- The last 12 closed months, each with the same month a year earlier.
with months as (

    select generate_series(%(first_day)s::timestamp, %(last_month)s::timestamp, interval '1 month')::date as month

),

final as (

    select
        months.month,
        coalesce(sales.net_amount, 0) as net_amount,
        case
            when months.month - interval '1 year' >= %(first_month)s then coalesce(sales.previous_year_net_amount, 0)
        end as previous_year_net_amount,
        case when sales.sales_lines > sales.lines_without_cost then sales.margin_amount end as margin_amount,
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
