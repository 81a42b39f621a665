-- The last closed month and the twelve months that end with it; those before, if the data reach back to their start.
with last as (

    select
        max(month) filter (where is_closed) as month,
        min(month) as first_month
    from marts.sales_by_customer_monthly

)

select
    last.month as last_month,
    (last.month + interval '1 month')::date - 1 as last_day,
    (last.month - interval '11 months')::date as first_day,
    last.first_month,
    case when last.first_month <= last.month - interval '23 months' then (last.month - interval '23 months')::date end
        as previous_first_day,
    coalesce(last.first_month <= last.month - (dates.fiscal_month + 11) * interval '1 month', false) as has_year_before,
    case
        when not exists (
            select from marts.customer_360
            where not is_unknown
        ) then 'No customers are imported.'
        when %(customer)s::text is null then 'Choose a customer, or click one''s name on another page.'
        when
            not exists (
                select from marts.customer_360
                where customer_key = %(customer)s
            )
            then 'There is no such customer.'
    end as nothing
from last
left join marts.dim_dates as dates on last.month = dates.date_day;
