-- The last closed month and the fiscal year up to it, each with the same time a year earlier; what is before the first
-- sales is not known, and not 0.
with bounds as (

    select
        max(month) filter (where is_closed) as last_month,
        min(month) as first_month
    from marts.sales_by_sales_rep_monthly

),

periods as (

    select
        bounds.last_month,
        bounds.last_month - dates.fiscal_month * interval '1 month' as month_before_year,
        bounds.last_month - interval '12 months' >= bounds.first_month as has_month_before,
        bounds.last_month - (dates.fiscal_month + 11) * interval '1 month' >= bounds.first_month as has_year_before
    from bounds
    inner join marts.dim_dates as dates on bounds.last_month = dates.date_day

),

sales as (

    select
        sales.*,
        periods.last_month,
        periods.has_month_before,
        periods.has_year_before,
        sales.month > periods.month_before_year as is_this_year,
        sales.month > periods.month_before_year - interval '12 months'
        and sales.month <= periods.last_month - interval '12 months' as is_year_before
    from marts.sales_by_sales_rep_monthly as sales
    cross join periods
    where
        sales.currency = %(currency)s
        and (%(sales_rep)s::text is null or sales.sales_rep_id = %(sales_rep)s)
        and sales.month <= periods.last_month

),

sales_totals as (

    select
        max(last_month) as month,
        sum(net_amount) filter (where month = last_month) as net_amount,
        sum(previous_year_net_amount) filter (where month = last_month and has_month_before)
            as previous_year_net_amount,
        sum(year_to_date_net_amount) filter (where month = last_month) as year_to_date_net_amount,
        sum(previous_year_to_date_net_amount) filter (where month = last_month and has_year_before)
            as previous_year_to_date_net_amount,
        sum(margin_amount) filter (where is_this_year)
        / nullif(sum(costed_net_amount) filter (where is_this_year), 0) as margin_rate,
        sum(margin_amount) filter (where is_year_before and has_year_before)
        / nullif(sum(costed_net_amount) filter (where is_year_before and has_year_before), 0) as previous_margin_rate
    from sales

)

select * from sales_totals
where 'sales' <> all(%(hidden)s::text[]);
