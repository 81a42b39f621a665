-- The families below the one that was clicked, or the topmost; no key of itself, for what is of no family below it.
with place as (

    select coalesce((select level from marts.dim_brand_families where family_key = %(family)s), 0) as level

),

reach as (

    select min(month) <= max(month) filter (where is_closed) - interval '23 months' as has_before
    from marts.sales_by_brand_family_monthly

)

select
    sales.family_name as name,
    case when sales.family_key is distinct from %(family)s::text then sales.family_key end as key,
    sales.family_key,
    sales.last_12_months_net_amount,
    case when reach.has_before then sales.previous_12_months_net_amount end as previous_12_months_net_amount,
    case when reach.has_before then sales.last_12_months_growth_rate end as last_12_months_growth_rate,
    sales.last_12_months_margin_amount,
    sales.abc_class
from marts.sales_by_brand_family_monthly as sales
cross join place
cross join reach
where
    sales.currency = %(currency)s
    and sales.month = (select max(month) from marts.sales_by_brand_family_monthly where is_closed)
    and sales.level = place.level + 1
    and (
        %(family)s::text is null
        or sales.family_key in (
            select family_key from marts.bridge_brand_families where ancestor_family_key = %(family)s
        )
    )
    and (sales.last_12_months_net_amount <> 0 or sales.previous_12_months_net_amount <> 0)
order by sales.last_12_months_net_amount desc, sales.family_name;
