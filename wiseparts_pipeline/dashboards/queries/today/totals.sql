-- The last closed month and the fiscal year up to it, each with the same time a year earlier; what is before the first
-- sales is not known, and not 0. Lost calls are beside those of the week before, debts beside those at the end of the
-- last month, quotes beside those that were open 30 days before.
with bounds as (

    select
        max(month) filter (where is_closed) as last_month,
        min(month) as first_month
    from marts.sales_by_sales_rep_monthly

),

periods as (

    select
        bounds.last_month,
        bounds.last_month - dates.fiscal_month * interval '1 month' as month_before_year,
        bounds.last_month - interval '12 months' >= bounds.first_month as has_month_before,
        bounds.last_month - (dates.fiscal_month + 11) * interval '1 month' >= bounds.first_month as has_year_before
    from bounds
    inner join marts.dim_dates as dates on bounds.last_month = dates.date_day

),

sales as (

    select
        sales.*,
        periods.last_month,
        periods.has_month_before,
        periods.has_year_before,
        sales.month > periods.month_before_year as is_this_year,
        sales.month > periods.month_before_year - interval '12 months'
        and sales.month <= periods.last_month - interval '12 months' as is_year_before
    from marts.sales_by_sales_rep_monthly as sales
    cross join periods
    where
        sales.currency = %(currency)s
        and (%(sales_rep)s::text is null or sales.sales_rep_id = %(sales_rep)s)
        and sales.month <= periods.last_month

),

sales_totals as (

    select
        max(last_month) as month,
        sum(net_amount) filter (where month = last_month) as net_amount,
        sum(previous_year_net_amount) filter (where month = last_month and has_month_before)
            as previous_year_net_amount,
        sum(year_to_date_net_amount) filter (where month = last_month) as year_to_date_net_amount,
        sum(previous_year_to_date_net_amount) filter (where month = last_month and has_year_before)
            as previous_year_to_date_net_amount,
        sum(margin_amount) filter (where is_this_year)
        / nullif(sum(costed_net_amount) filter (where is_this_year), 0) as margin_rate,
        sum(margin_amount) filter (where is_year_before and has_year_before)
        / nullif(sum(costed_net_amount) filter (where is_year_before and has_year_before), 0) as previous_margin_rate
    from sales

),

-- The last seven days that are over, and today.
week as (

    select
        as_of,
        least(as_of, (built_at at time zone timezone)::date - 1) - 6 as first_day
    from marts.last_build

),

lost_calls as (

    select
        count(*) filter (where lost.started_on >= week.first_day) as open_lost_calls,
        count(*) filter (where lost.started_on < week.first_day) as previous_open_lost_calls
    from marts.lost_calls as lost
    inner join marts.dim_customers as customers on lost.customer_key = customers.customer_key
    cross join week
    where
        lost.is_open
        and lost.started_on >= week.first_day - 7
        and lost.started_on <= week.as_of
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)

),

overdue as (

    select sum(aging.overdue_amount) as overdue_amount
    from marts.receivables_aging as aging
    inner join marts.dim_customers as customers on aging.customer_key = customers.customer_key
    where
        aging.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)

),

month_ends as (

    select max(monthly.as_of) as as_of
    from marts.receivables_aging_monthly as monthly
    where monthly.as_of < (select max(aging.as_of) from marts.receivables_aging as aging)

),

overdue_before as (

    select sum(aging.overdue_amount) as previous_overdue_amount
    from marts.receivables_aging_monthly as aging
    inner join month_ends on aging.as_of = month_ends.as_of
    inner join marts.dim_customers as customers on aging.customer_key = customers.customer_key
    where
        aging.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)

),

quotes as (

    select
        count(*) filter (where outcome = 'open') as open_quotes,
        count(*) filter (
            where outcome <> 'draft' and quoted_on <= as_of - 30 and (outcome = 'open' or closed_on > as_of - 30)
        ) as previous_open_quotes
    from marts.quote_documents
    where
        currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(sales_rep_id, '(unknown)') = %(sales_rep)s)

)

select
    sales_totals.*,
    case when exists (select from marts.fct_calls) then lost_calls.open_lost_calls end as open_lost_calls,
    case when exists (select from marts.fct_calls) then lost_calls.previous_open_lost_calls end
        as previous_open_lost_calls,
    overdue.overdue_amount,
    overdue_before.previous_overdue_amount,
    case when exists (select from marts.quote_documents) then quotes.open_quotes end as open_quotes,
    case when exists (select from marts.quote_documents) then quotes.previous_open_quotes end as previous_open_quotes
from sales_totals
cross join lost_calls
cross join overdue
cross join overdue_before
cross join quotes;
