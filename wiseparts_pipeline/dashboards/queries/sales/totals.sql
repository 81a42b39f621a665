-- One row: the figures of the last closed month's twelve months and year to date, and those of the year before.
with chosen as (

    select *
    from marts.sales_by_brand_family_monthly
    where
        currency = %(currency)s
        and (
            (%(family)s::text is null and level = 1)
            or (
                family_key = %(family)s
                and level = (select level from marts.dim_brand_families where family_key = %(family)s)
            )
        )

),

last as (

    select
        max(month) filter (where is_closed) as month,
        min(month) as first
    from marts.sales_by_brand_family_monthly

),

-- Whether the data reach back to the beginning of the periods before.
reach as (

    select
        last.first <= last.month - interval '23 months' as has_12_months,
        last.first <= date_trunc('month', min(years.date_day)) - interval '1 year' as has_year
    from last
    inner join marts.dim_dates as days on last.month = days.date_day
    inner join marts.dim_dates as years on days.fiscal_year = years.fiscal_year
    group by last.first, last.month

),

months as (

    select
        chosen.*,
        chosen.month = last.month as is_last,
        chosen.month > last.month - interval '12 months' and chosen.month <= last.month as is_now,
        chosen.month > last.month - interval '24 months'
        and chosen.month <= last.month - interval '12 months'
        and reach.has_12_months as is_before,
        reach.has_12_months,
        reach.has_year
    from chosen
    cross join last
    cross join reach

),

buyers as (

    select
        customer_key,
        coalesce(sum(invoices) filter (where sales.month > last.month - interval '12 months'), 0) as now,
        coalesce(sum(invoices) filter (where sales.month <= last.month - interval '12 months'), 0) as before
    from marts.sales_by_customer_monthly as sales
    inner join marts.dim_customers as customers using (customer_key)
    cross join last
    where
        sales.currency = %(currency)s
        and sales.month > last.month - interval '24 months'
        and sales.month <= last.month
        and not customers.is_unknown
        and %(family)s::text is null
    group by customer_key

),

customers as (

    select
        count(*) filter (where now > 0) as last_12_months,
        count(*) filter (where before > 0) as previous_12_months
    from buyers

)

select
    sum(last_12_months_net_amount) filter (where is_last) as last_12_months_net_amount,
    sum(previous_12_months_net_amount) filter (where is_last and has_12_months) as previous_12_months_net_amount,
    sum(year_to_date_net_amount) filter (where is_last) as year_to_date_net_amount,
    sum(previous_year_to_date_net_amount) filter (where is_last and has_year) as previous_year_to_date_net_amount,
    sum(last_12_months_margin_amount) filter (where is_last) as last_12_months_margin_amount,
    sum(previous_12_months_margin_amount) filter (where is_last and has_12_months) as previous_12_months_margin_amount,
    sum(margin_amount) filter (where is_now)
    / nullif(sum(costed_net_amount) filter (where is_now), 0) as last_12_months_margin_rate,
    sum(margin_amount) filter (where is_before)
    / nullif(sum(costed_net_amount) filter (where is_before), 0) as previous_12_months_margin_rate,
    sum(uncosted_net_amount) filter (where is_now) as uncosted_net_amount,
    sum(uncosted_net_amount) filter (where is_before) as previous_uncosted_net_amount,
    sum(credited_amount) filter (where is_now) as credited_amount,
    sum(credited_amount) filter (where is_before) as previous_credited_amount,
    case when %(family)s::text is null then (select last_12_months from customers) end as customers,
    case
        when %(family)s::text is null and bool_or(has_12_months) then (select previous_12_months from customers)
    end as previous_customers
from months
having count(*) > 0;
