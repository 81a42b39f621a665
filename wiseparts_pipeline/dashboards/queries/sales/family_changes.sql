-- The families below the one that was clicked, or the topmost, whose sales have grown and fallen most in the closed months of the year,
-- against those of the year before.
with last as (

    select
        max(month) filter (where is_closed) as month,
        min(month) as first
    from marts.sales_by_brand_family_monthly

),

-- Whether the data reach back to the beginning of the year before.
reach as (

    select last.first <= date_trunc('month', min(years.date_day)) - interval '1 year' as has_before
    from last
    inner join marts.dim_dates as days on last.month = days.date_day
    inner join marts.dim_dates as years on days.fiscal_year = years.fiscal_year
    group by last.first

),

place as (

    select coalesce((select level from marts.dim_brand_families where family_key = %(family)s), 0) as level

),

changes as (

    select
        sales.family_name as name,
        sales.year_to_date_net_amount - sales.previous_year_to_date_net_amount as change,
        sales.year_to_date_net_amount,
        sales.previous_year_to_date_net_amount
    from marts.sales_by_brand_family_monthly as sales
    cross join place
    where
        sales.currency = %(currency)s
        and sales.month = (select month from last)
        and (select has_before from reach)
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

select name, change, year_to_date_net_amount, previous_year_to_date_net_amount
from ranked
where (from_top <= 5 and change > 0) or (from_bottom <= 5 and change < 0)
order by change desc, name;
