-- The families below the one that was clicked, or the topmost, whose sales have grown and fallen most.
with place as (

    select coalesce((select level from marts.dim_brand_families where family_key = %(family)s), 0) as level

),

changes as (

    select
        sales.family_name as name,
        sales.last_12_months_net_amount - sales.previous_12_months_net_amount as change,
        sales.last_12_months_net_amount,
        sales.previous_12_months_net_amount
    from marts.sales_by_brand_family_monthly as sales
    cross join place
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

),

ranked as (

    select
        *,
        row_number() over (order by change desc, name) as from_top,
        row_number() over (order by change, name) as from_bottom
    from changes
    where change <> 0

)

select name, change, last_12_months_net_amount, previous_12_months_net_amount
from ranked
where (from_top <= 5 and change > 0) or (from_bottom <= 5 and change < 0)
order by change desc, name;
