-- The last closed month and the twelve months that end with it; those before, if the data reach back to their start.
with last as (

    select
        max(month) filter (where is_closed) as month,
        min(month) as first_month
    from marts.sales_by_brand_family_monthly

)

select
    last.month as last_month,
    (last.month + interval '1 month')::date - 1 as last_day,
    (last.month - interval '11 months')::date as first_day,
    last.first_month,
    case when last.first_month <= last.month - interval '23 months' then (last.month - interval '23 months')::date end
        as previous_first_day,
    coalesce(last.first_month <= last.month - (dates.fiscal_month + 11) * interval '1 month', false) as has_year_before,
    -- Where a family is chosen, the marts do not have its sales by customer.
    %(family)s::text is null and (%(sales_rep)s::text is not null or %(customer_group)s::text is not null)
        as is_of_customers,
    coalesce((
        select level from marts.dim_brand_families
        where family_key = %(family)s
    ), 0) as level
from last
left join marts.dim_dates as dates on last.month = dates.date_day;
