-- The families below the one that was clicked, or the topmost; no key of itself, for what is of no family below it.
select
    family_name as name,
    case when family_key <> coalesce(%(family)s::text, '') then family_key end as key,
    family_key,
    last_12_months_net_amount,
    case when %(previous_first_day)s::date is not null then previous_12_months_net_amount end
        as previous_12_months_net_amount,
    case when %(previous_first_day)s::date is not null then last_12_months_growth_rate end
        as last_12_months_growth_rate,
    case
        when exists (
            select from marts.sales_by_brand_family_monthly as sold
            where
                sold.family_key = report.family_key
                and sold.currency = report.currency
                and sold.month between %(first_day)s and %(last_day)s
                and sold.sales_lines > sold.lines_without_cost
        ) then last_12_months_margin_amount
    end as last_12_months_margin_amount,
    abc_class
from marts.sales_by_brand_family_monthly as report
where
    currency = %(currency)s
    and month = %(last_month)s
    and level = %(level)s + 1
    and (
        %(family)s::text is null
        or family_key in (
            select family_key from marts.bridge_brand_families
            where ancestor_family_key = %(family)s
        )
    )
    and (last_12_months_net_amount <> 0 or previous_12_months_net_amount <> 0)
order by last_12_months_net_amount desc, family_name asc;
