-- One row: the figures of the last closed month's twelve months and year to date, and those of the year before. Of a
-- brand family they are of all customers. Without a sale that has a cost the margin is not known, and not 0.
with chosen as (

    select
        month,
        sales_lines,
        lines_without_cost,
        net_amount,
        margin_amount,
        costed_net_amount,
        uncosted_net_amount,
        credited_amount,
        year_to_date_net_amount,
        previous_year_to_date_net_amount,
        last_12_months_net_amount,
        previous_12_months_net_amount
    from marts.sales_by_brand_family_monthly
    where
        not %(is_of_customers)s
        and currency = %(currency)s
        and level = greatest(%(level)s, 1)
        and (%(family)s::text is null or family_key = %(family)s)

    union all

    select
        sales.month,
        sales.sales_lines,
        sales.lines_without_cost,
        sales.net_amount,
        sales.margin_amount,
        sales.costed_net_amount,
        sales.uncosted_net_amount,
        sales.credited_amount,
        sales.year_to_date_net_amount,
        sales.previous_year_to_date_net_amount,
        sales.last_12_months_net_amount,
        sales.previous_12_months_net_amount
    from marts.sales_by_customer_monthly as sales
    inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
    where
        %(is_of_customers)s
        and sales.currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
        and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)

),

months as (

    select
        *,
        sales_lines > lines_without_cost as is_costed,
        month = %(last_month)s as is_last,
        month between %(first_day)s and %(last_day)s as is_now,
        month >= %(previous_first_day)s and month < %(first_day)s as is_before
    from chosen

),

buyers as (

    select
        sales.customer_key,
        coalesce(sum(sales.invoices) filter (where sales.month >= %(first_day)s), 0) as now,
        coalesce(sum(sales.invoices) filter (where sales.month < %(first_day)s), 0) as before
    from marts.sales_by_customer_monthly as sales
    inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
    where
        sales.currency = %(currency)s
        and sales.month >= coalesce(%(previous_first_day)s::date, %(first_day)s::date)
        and sales.month <= %(last_day)s
        and not customers.is_unknown
        and %(family)s::text is null
        and (%(sales_rep)s::text is null or coalesce(customers.sales_rep_id, '(unknown)') = %(sales_rep)s)
        and (%(customer_group)s::text is null or coalesce(customers.customer_group, '(none)') = %(customer_group)s)
    group by sales.customer_key

),

customers as (

    select
        count(*) filter (where now > 0) as last_12_months,
        count(*) filter (where before > 0) as previous_12_months
    from buyers

)

select
    sum(last_12_months_net_amount) filter (where is_last) as last_12_months_net_amount,
    sum(previous_12_months_net_amount) filter (where is_last and %(previous_first_day)s::date is not null)
        as previous_12_months_net_amount,
    sum(year_to_date_net_amount) filter (where is_last) as year_to_date_net_amount,
    sum(previous_year_to_date_net_amount) filter (where is_last and %(has_year_before)s)
        as previous_year_to_date_net_amount,
    sum(margin_amount) filter (where is_now and is_costed) as last_12_months_margin_amount,
    sum(margin_amount) filter (where is_before and is_costed) as previous_12_months_margin_amount,
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
        when %(family)s::text is null and %(previous_first_day)s::date is not null
            then (select previous_12_months from customers)
    end as previous_customers
from months
having count(*) > 0;
