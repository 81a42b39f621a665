-- The last closed month, the fiscal year up to it, and whether the data reach back to the same time a year before; the
-- first of the last seven days that are over, and today.
with bounds as (

    select
        max(month) filter (where is_closed) as last_month,
        min(month) as first_month
    from marts.sales_by_sales_rep_monthly

)

select
    bounds.last_month,
    (bounds.last_month - (dates.fiscal_month - 1) * interval '1 month')::date as first_month_of_year,
    bounds.last_month - interval '12 months' >= bounds.first_month as has_month_before,
    bounds.last_month - (dates.fiscal_month + 11) * interval '1 month' >= bounds.first_month as has_year_before,
    12 * extract(year from age(bounds.last_month, bounds.first_month))
    + extract(month from age(bounds.last_month, bounds.first_month)) - 11 as months_before,
    build.as_of,
    least(build.as_of, (build.built_at at time zone build.timezone)::date - 1) - 6 as first_day_of_week
from marts.last_build as build
cross join bounds
left join marts.dim_dates as dates on bounds.last_month = dates.date_day;
