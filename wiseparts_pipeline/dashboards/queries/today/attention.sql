-- Who and what needs attention, the worst first: customers of class A, now or a year ago, whose sales fall; calls of
-- the last seven days that nobody has returned; customers with overdue debts who owe more than their limit; quotes that
-- expire within seven days; feeds that have stopped; files of the last seven days that could not be imported.
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

items as (

    select
        1 as place,
        'falling' as reason,
        customers.name as subject,
        customers.customer_key,
        customers.sales_rep_id,
        customers.sales_rep_name,
        round(100 * customers.last_12_months_growth_rate, 1) || ' %% against the year before' as detail,
        customers.last_12_months_net_amount - customers.previous_12_months_net_amount as amount,
        customers.currency,
        customers.last_invoice_date as since,
        customers.previous_12_months_net_amount - customers.last_12_months_net_amount as weight
    from marts.customer_360 as customers
    inner join class_a using (customer_key, currency)
    where customers.trend in ('falling', 'lost') and customers.currency = %(currency)s

    union all

    select
        2 as place,
        'lost_calls' as reason,
        coalesce(nullif(customers.name, '(unknown)'), lost.caller_number, 'withheld number') as subject,
        lost.customer_key,
        customers.sales_rep_id,
        customers.sales_rep_name,
        concat_ws(', ', lost.caller_number, lost.queue, 'waited ' || lost.wait_seconds || ' s') as detail,
        null as amount,
        null as currency,
        lost.started_on as since,
        coalesce(customers.last_12_months_net_amount, 0) as weight
    from marts.lost_calls as lost
    inner join marts.customer_360 as customers using (customer_key)
    where lost.is_open and lost.started_on > customers.as_of - 7 and lost.started_on <= customers.as_of

    union all

    select
        3 as place,
        'over_limit' as reason,
        name as subject,
        customer_key,
        sales_rep_id,
        sales_rep_name,
        'owes ' || round(100 * open_amount / nullif(credit_limit, 0), 1) || ' %% of the limit' as detail,
        overdue_amount as amount,
        currency,
        as_of - days_overdue as since,
        open_amount - credit_limit as weight
    from marts.customer_360
    where overdue_amount > 0 and open_amount > credit_limit and currency = %(currency)s

    union all

    select
        4 as place,
        'quotes' as reason,
        customers.name as subject,
        quotes.customer_key,
        quotes.sales_rep_id,
        quotes.sales_rep_name,
        quotes.quote_id || ', valid until ' || quotes.valid_until as detail,
        quotes.open_amount as amount,
        quotes.currency,
        quotes.quoted_on as since,
        quotes.open_amount as weight
    from marts.quote_documents as quotes
    inner join marts.dim_customers as customers using (customer_key)
    where
        quotes.outcome = 'open'
        and quotes.valid_until <= quotes.as_of + 7
        and quotes.currency = %(currency)s

    union all

    select
        5 as place,
        'feeds' as reason,
        feeds.importer as subject,
        null as customer_key,
        null as sales_rep_id,
        null as sales_rep_name,
        coalesce('last file ' || feeds.file_name, 'no file has ever arrived') as detail,
        null as amount,
        null as currency,
        (feeds.due_at at time zone build.timezone)::date as since,
        extract(epoch from now() - feeds.due_at) as weight
    from marts.import_freshness as feeds
    cross join marts.last_build as build
    where feeds.due_at < now() or (feeds.stale_after_hours is not null and feeds.last_imported_at is null)

    union all

    select
        6 as place,
        'files' as reason,
        log.name as subject,
        null as customer_key,
        null as sales_rep_id,
        null as sales_rep_name,
        concat_ws(': ', log.status, log.error_code) as detail,
        null as amount,
        null as currency,
        (log.started_at at time zone build.timezone)::date as since,
        extract(epoch from log.started_at) as weight
    from marts.import_log as log
    cross join marts.last_build as build
    where log.status in ('refused', 'failed') and log.started_at > now() - interval '7 days'

),

ranked as (

    select
        *,
        row_number() over (partition by reason order by weight desc nulls first, subject, detail) as number,
        count(*) over () as total_rows
    from items
    where
        (%(reason)s::text is null or reason = %(reason)s)
        and (%(sales_rep)s::text is null or coalesce(sales_rep_id, '(unknown)') = %(sales_rep)s or place >= 5)

),

final as (

    select
        reason,
        subject,
        customer_key,
        sales_rep_name,
        detail,
        amount,
        currency,
        since,
        total_rows
    from ranked
    -- Without a reason, the first of each are on the page, and all in the file.
    where %(reason)s::text is not null or %(limit)s::bigint is null or number <= 5
    order by place, number
    limit %(limit)s

)

select * from final;
