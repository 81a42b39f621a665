-- The last closed month and the fiscal year up to it, each with the same time a year earlier; what is before the first
-- sales is not known, and not 0. No row if nothing was ever sold.
with sales as (

    select
        *,
        month = %(last_month)s as is_last,
        month >= %(first_month_of_year)s as is_this_year,
        %(has_year_before)s
        and month >= %(first_month_of_year)s::date - interval '12 months'
        and month <= %(last_month)s::date - interval '12 months' as is_year_before
    from marts.sales_by_sales_rep_monthly
    where
        currency = %(currency)s
        and month <= %(last_month)s
        and (%(sales_rep)s::text is null or sales_rep_id = %(sales_rep)s)

),

sales_totals as (

    select
        max(month) filter (where is_last) as month,
        sum(net_amount) filter (where is_last) as net_amount,
        sum(previous_year_net_amount) filter (where is_last and %(has_month_before)s)
            as previous_year_net_amount,
        sum(year_to_date_net_amount) filter (where is_last) as year_to_date_net_amount,
        sum(previous_year_to_date_net_amount) filter (where is_last and %(has_year_before)s)
            as previous_year_to_date_net_amount,
        sum(margin_amount) filter (where is_this_year)
        / nullif(sum(costed_net_amount) filter (where is_this_year), 0) as margin_rate,
        sum(margin_amount) filter (where is_year_before)
        / nullif(sum(costed_net_amount) filter (where is_year_before), 0) as previous_margin_rate
    from sales

)

select * from sales_totals
where 'sales' <> all(%(hidden)s::text[]) and exists (select from marts.sales_by_sales_rep_monthly);
