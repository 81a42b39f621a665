-- The best brand families at the second level: net sales of the last 12 closed months beside those of the 12 before, in
-- the currency of the sales.
with bounds as (

    select
        max(month) filter (where is_closed) as last_month,
        min(month) as first_month
    from marts.sales_by_customer_monthly

),

sales as (

    select
        families.level_2_family_key as family_key,
        sales.currency,
        sales.net_amount,
        sales.invoice_date >= bounds.last_month - interval '11 months' as is_last_12_months,
        bounds.last_month - interval '23 months' >= bounds.first_month as has_months_before
    from marts.fct_sales as sales
    inner join marts.dim_brand_families as families using (family_key)
    cross join bounds
    where
        sales.customer_key = %(customer)s
        and sales.invoice_date >= bounds.last_month - interval '23 months'
        and sales.invoice_date < bounds.last_month + interval '1 month'

),

totals as (

    select
        family_key,
        currency,
        coalesce(sum(net_amount) filter (where is_last_12_months), 0) as net_amount,
        case when bool_or(has_months_before) then coalesce(sum(net_amount) filter (where not is_last_12_months), 0) end
            as previous_net_amount
    from sales
    group by family_key, currency

),

final as (

    select
        totals.family_key,
        families.path as family_path,
        totals.net_amount,
        totals.previous_net_amount,
        totals.currency,
        count(*) over () as total_rows
    from totals
    inner join marts.dim_brand_families as families using (family_key)

)

select * from final
order by net_amount desc, previous_net_amount desc, family_key asc
limit %(limit)s;
