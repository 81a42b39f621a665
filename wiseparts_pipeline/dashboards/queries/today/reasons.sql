-- How many there are of each reason of `attention`, and how much money they are about; the number is null where nothing
-- of the kind has been imported.
with last_months as (

    select max(month) as last_month
    from marts.sales_by_customer_monthly
    where is_closed

),

class_a as (

    select distinct
        sales.customer_key,
        sales.currency
    from marts.sales_by_customer_monthly as sales
    inner join last_months
        on
            sales.month = last_months.last_month
            or sales.month = last_months.last_month - interval '1 year'
    where sales.abc_class = 'A'

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
    where lost.is_open and lost.started_on > customers.as_of - 7 and lost.started_on <= customers.as_of

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

feeds as (

    select count(*) as items
    from marts.import_freshness
    where due_at < now() or (stale_after_hours is not null and last_imported_at is null)

),

files as (

    select count(*) as items
    from marts.import_log
    where status in ('refused', 'failed') and started_at > now() - interval '7 days'

),

final as (

    select
        1 as place,
        'falling' as reason,
        count(*) as items,
        sum(last_12_months_net_amount - previous_12_months_net_amount) as amount,
        exists(select from marts.sales_by_customer_monthly) as is_imported
    from customers
    where is_falling and currency = %(currency)s

    union all

    select
        2 as place,
        'lost_calls' as reason,
        items,
        null as amount,
        exists(select from marts.fct_calls) as is_imported
    from lost_calls

    union all

    select
        3 as place,
        'over_limit' as reason,
        count(*) as items,
        sum(overdue_amount) as amount,
        exists(select from marts.receivables_aging) as is_imported
    from customers
    where is_over_limit and currency = %(currency)s

    union all

    select
        4 as place,
        'quotes' as reason,
        items,
        amount,
        exists(select from marts.quote_documents) as is_imported
    from quotes

    union all

    select
        5 as place,
        'feeds' as reason,
        items,
        null as amount,
        exists(select from marts.import_freshness) as is_imported
    from feeds

    union all

    select
        6 as place,
        'files' as reason,
        items,
        null as amount,
        exists(select from marts.import_log) as is_imported
    from files

)

select
    reason,
    case when is_imported then items end as items,
    amount
from final
order by place;
