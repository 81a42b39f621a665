-- How many there are of each reason of `attention`, and how much money they are about; the number is null where nothing
-- of the kind has been imported.
with class_a as (

    select distinct
        sales.customer_key,
        sales.currency
    from marts.sales_by_customer_monthly as sales
    where sales.abc_class = 'A' and sales.month in (%(last_month)s::date, %(last_month)s::date - interval '1 year')

),

customers as (

    select
        overview.*,
        class_a.customer_key is not null and overview.trend in ('falling', 'lost') as is_falling,
        overview.overdue_amount > 0 and overview.open_amount > overview.credit_limit as is_over_limit
    from marts.customer_360 as overview
    left join class_a on overview.customer_key = class_a.customer_key and overview.currency = class_a.currency
    where %(sales_rep)s::text is null or coalesce(overview.sales_rep_id, '(unknown)') = %(sales_rep)s

),

lost_calls as (

    select count(*) as items
    from marts.lost_calls as lost
    inner join customers on lost.customer_key = customers.customer_key
    where lost.is_open and lost.started_on between %(first_day_of_week)s and %(as_of)s

),

quotes as (

    select
        count(*) as items,
        sum(open_amount) as amount
    from marts.quote_documents
    where
        outcome = 'open'
        and valid_until <= as_of + 7
        and currency = %(currency)s
        and (%(sales_rep)s::text is null or coalesce(sales_rep_id, '(unknown)') = %(sales_rep)s)

),

final as (

    select
        1 as place,
        'falling' as reason,
        'sales' as page,
        count(*) as items,
        sum(last_12_months_net_amount - previous_12_months_net_amount) as amount,
        exists(select from marts.sales_by_customer_monthly) as is_imported
    from customers
    where is_falling and currency = %(currency)s

    union all

    select
        2 as place,
        'lost_calls' as reason,
        'call_centre' as page,
        items,
        null as amount,
        exists(select from marts.fct_calls) as is_imported
    from lost_calls

    union all

    select
        3 as place,
        'over_limit' as reason,
        'receivables' as page,
        count(*) as items,
        sum(overdue_amount) as amount,
        exists(select from marts.receivables_aging) as is_imported
    from customers
    where is_over_limit and currency = %(currency)s

    union all

    select
        4 as place,
        'quotes' as reason,
        'quotes' as page,
        items,
        amount,
        exists(select from marts.quote_documents) as is_imported
    from quotes

)

select
    reason,
    case when is_imported then items end as items,
    amount
from final
where page <> all(%(hidden)s::text[])
order by place;
