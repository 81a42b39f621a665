-- Who needs attention: customers of class A, now or a year ago, whose sales fall, the greatest loss first; calls of the
-- last week that nobody has returned, in the order of the call centre's page; customers with overdue debts who owe more
-- than their limit, who exceeds it most first; quotes that expire within seven days, the greatest first.
with class_a as (

    select distinct
        sales.customer_key,
        sales.currency
    from marts.sales_by_customer_monthly as sales
    where sales.abc_class = 'A' and sales.month in (%(last_month)s::date, %(last_month)s::date - interval '1 year')

),

items as (

    select
        1 as place,
        'falling' as reason,
        'sales' as page,
        'A' as abc_class,
        null::bigint as calls_in_currency,
        null as bought_in,
        customers.name as subject,
        customers.customer_key,
        customers.sales_rep_id,
        customers.sales_rep_name,
        round(100 * customers.last_12_months_growth_rate, 1)
        || '%% against the ' || least(12, %(months_before)s::int) || ' months before' as detail,
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
        'call_centre' as page,
        case when not customers.is_unknown then customers.abc_class end as abc_class,
        count(*) over (partition by customers.is_unknown, customers.currency) as calls_in_currency,
        customers.currency as bought_in,
        case
            when not customers.is_unknown then customers.name
            when lost.outside_number is null then 'withheld number'
            else lost.caller_number
        end as subject,
        nullif(lost.customer_key, '(unknown)') as customer_key,
        customers.sales_rep_id,
        customers.sales_rep_name,
        concat_ws(
            ', ',
            case when not customers.is_unknown then lost.caller_number end,
            lost.queue,
            'waited ' || lost.wait_seconds || ' s'
        ) as detail,
        null as amount,
        null as currency,
        lost.started_on as since,
        case when customers.is_unknown then -1 else coalesce(customers.last_12_months_net_amount, 0) end as weight
    from marts.lost_calls as lost
    inner join marts.customer_360 as customers using (customer_key)
    where lost.is_open and lost.started_on between %(first_day_of_week)s and %(as_of)s

    union all

    select
        3 as place,
        'over_limit' as reason,
        'receivables' as page,
        null as abc_class,
        null as calls_in_currency,
        null as bought_in,
        name as subject,
        customer_key,
        sales_rep_id,
        sales_rep_name,
        'owes ' || round(100 * open_amount / nullif(credit_limit, 0), 1) || '%% of the limit' as detail,
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
        'quotes' as page,
        null as abc_class,
        null as calls_in_currency,
        null as bought_in,
        customers.name as subject,
        quotes.customer_key,
        quotes.sales_rep_id,
        quotes.sales_rep_name,
        quotes.quote_id || ', valid until ' || to_char(quotes.valid_until, 'FMDD Mon YYYY') as detail,
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

),

ranked as (

    select
        *,
        row_number() over (
            partition by reason
            order by
                abc_class asc nulls last,
                calls_in_currency desc nulls last,
                bought_in asc,
                weight desc,
                subject asc,
                detail asc
        ) as number,
        count(*) over () as total_rows
    from items
    where
        page <> all(%(hidden)s::text[])
        and (%(reason)s::text is null or reason = %(reason)s)
        and (%(sales_rep)s::text is null or coalesce(sales_rep_id, '(unknown)') = %(sales_rep)s)

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
