-- The last twelve closed months of all sales or of a family; the year before only where the data has one.
with chosen as (

    select
        month,
        sum(net_amount) as net_amount,
        sum(previous_year_net_amount) as previous_year_net_amount,
        sum(margin_amount) as margin_amount,
        sum(costed_net_amount) as costed_net_amount,
        sum(uncosted_net_amount) as uncosted_net_amount
    from marts.sales_by_brand_family_monthly
    where
        currency = %(currency)s
        and is_closed
        and (
            (%(family)s::text is null and level = 1)
            or (
                family_key = %(family)s
                and level = (select level from marts.dim_brand_families where family_key = %(family)s)
            )
        )
    group by month

),

bounds as (

    select
        max(month) filter (where is_closed) as last,
        min(month) as first
    from marts.sales_by_brand_family_monthly
    where currency = %(currency)s

)

select
    chosen.month,
    chosen.net_amount,
    case when chosen.month - interval '1 year' >= bounds.first then chosen.previous_year_net_amount end
        as previous_year_net_amount,
    chosen.margin_amount / nullif(chosen.costed_net_amount, 0) as margin_rate,
    chosen.uncosted_net_amount
from chosen
cross join bounds
where chosen.month > bounds.last - interval '12 months'
order by chosen.month;
