-- The families below the one that was clicked, or the topmost, whose sales have grown and fallen most in the closed
-- months of the year, against those of the year before, if the data reach back to its beginning.
with changes as (

    select
        family_name as name,
        year_to_date_net_amount - previous_year_to_date_net_amount as change,
        year_to_date_net_amount,
        previous_year_to_date_net_amount
    from marts.sales_by_brand_family_monthly
    where
        %(has_year_before)s
        and currency = %(currency)s
        and month = %(last_month)s
        and level = %(level)s + 1
        and (
            %(family)s::text is null
            or family_key in (
                select family_key from marts.bridge_brand_families
                where ancestor_family_key = %(family)s
            )
        )

),

ranked as (

    select
        *,
        row_number() over (order by change desc, name asc) as from_top,
        row_number() over (order by change, name) as from_bottom
    from changes
    where change <> 0

)

select
    name,
    change,
    year_to_date_net_amount,
    previous_year_to_date_net_amount
from ranked
where (from_top <= 5 and change > 0) or (from_bottom <= 5 and change < 0)
order by change desc, name asc;
