-- The best brand families at the second level: net sales of the last 12 closed months beside those of the 12 before, in
-- the currency of the sales.
with sales as (

    select
        families.level_2_family_key as family_key,
        sales.currency,
        sales.net_amount,
        sales.invoice_date >= %(first_day)s as is_last_12_months
    from marts.fct_sales as sales
    inner join marts.dim_brand_families as families using (family_key)
    where
        sales.customer_key = %(customer)s
        and sales.invoice_date between %(first_day)s::date - interval '12 months' and %(last_day)s

),

totals as (

    select
        family_key,
        currency,
        coalesce(sum(net_amount) filter (where is_last_12_months), 0) as net_amount,
        case
            when %(previous_first_day)s::date is not null
                then coalesce(sum(net_amount) filter (where not is_last_12_months), 0)
        end as previous_net_amount
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
