"""The page Customer, compared with the lines, documents and calls of three customers; one buys in RON."""

from tests.dashboards.ties.ties import Tie

_EUR = {"customer": "30.00.00.0053", "currency": "EUR"}
_RON = {"customer": "30.00.00.0118", "currency": "RON"}
_CALLER = {"customer": "30.00.00.0246", "currency": "EUR"}
_MONTHS = """
    with months as (

        select date_trunc('month', as_of) as until, date_trunc('month', as_of) - interval '12 months' as since, as_of
        from marts.last_build

    ),

    lines as (

        select sales.*, sales.invoice_date >= months.since as is_now, months.since, months.until
        from marts.fct_sales as sales cross join months
        where sales.customer_key = %(customer)s and sales.invoice_date < months.until

    )
"""

TIES = [
    *(
        Tie(
            "customer/currencies",
            ("currency",),
            "select distinct currency from marts.fct_sales where customer_key = %(customer)s",
            state,
        )
        for state in (_EUR, _RON)
    ),
    *(
        Tie(
            "customer/totals",
            ("last_12_months_net_amount", "year_to_date_net_amount", "previous_year_to_date_net_amount"),
            f"""
            {_MONTHS} select sum(net_amount) filter (where is_now) as last_12_months_net_amount,
                sum(net_amount) filter (where invoice_date >= date_trunc('year', until - interval '1 day'))
                    as year_to_date_net_amount,
                sum(net_amount) filter (
                    where invoice_date >= date_trunc('year', until - interval '1 day') - interval '1 year'
                        and invoice_date < until - interval '1 year'
                ) as previous_year_to_date_net_amount
            from lines where currency = %(currency)s
            """,
            state,
        )
        for state in (_EUR, _RON)
    ),
    Tie(
        "customer/totals",
        ("open_amount", "overdue_amount", "credit_limit_used"),
        """
        select sum(reported_open_amount) as open_amount,
            sum(reported_open_amount) filter (where aging_bucket like 'overdue%%') as overdue_amount,
            sum(reported_open_amount) / max(credit_limit) as credit_limit_used
        from marts.fct_due_docs inner join marts.dim_customers using (customer_key)
        where is_open and customer_key = %(customer)s and reported_currency = %(currency)s
        """,
        _EUR,
    ),
    Tie(
        "customer/totals",
        ("days_since_last_order", "last_90_days_calls", "last_90_days_lost_calls"),
        """
        select
            as_of - (
                select max(placed_on) from marts.fct_orders
                where customer_key = %(customer)s and placed_on <= as_of and status not in ('draft', 'cancelled')
            ) as days_since_last_order,
            (
                select count(*) from marts.fct_calls
                where customer_key = %(customer)s and direction <> 'internal'
                    and started_on > as_of - 90 and started_on <= as_of
            ) as last_90_days_calls,
            (
                select count(*) from marts.lost_calls
                where customer_key = %(customer)s and started_on > as_of - 90 and started_on <= as_of
            ) as last_90_days_lost_calls
        from marts.last_build
        """,
        _CALLER,
    ),
    Tie(
        "customer/totals",
        ("open_quotes", "win_rate", "previous_win_rate"),
        """
        with quotes as (

            select quote_id, bool_or(outcome = 'won') as is_won, bool_or(outcome = 'open') as is_open,
                bool_or(outcome <> 'draft') as is_sent, min(quoted_on) > max(build.as_of) - 365 as is_now
            from marts.fct_quotes cross join marts.last_build as build
            where customer_key = %(customer)s and reported_currency = %(currency)s
            group by quote_id having min(quoted_on) > max(build.as_of) - 730

        )

        select count(*) filter (where is_open and not is_won) as open_quotes,
            count(*) filter (where is_won and is_now)::numeric
            / nullif(count(*) filter (where is_now and (is_won or not is_open) and is_sent), 0) as win_rate,
            count(*) filter (where is_won and not is_now)::numeric
            / nullif(count(*) filter (where not is_now and (is_won or not is_open) and is_sent), 0)
                as previous_win_rate
        from quotes
        """,
        {"customer": "30.00.00.0290", "currency": "EUR"},
    ),
    Tie(
        "customer/profile",
        ("name", "customer_id", "phone"),
        "select name, customer_id, phone from marts.dim_customers where customer_key = %(customer)s",
        _EUR,
    ),
    *(
        Tie(
            "customer/months",
            ("month", "net_amount"),
            f"""
            {_MONTHS} select month::date as month, coalesce(sum(net_amount), 0) as net_amount
            from months cross join generate_series(since, until - interval '1 day', interval '1 month') as month
            left join lines on date_trunc('month', invoice_date) = month and currency = %(currency)s
            group by month
            """,
            state,
        )
        for state in (_EUR, _RON)
    ),
    Tie(
        "customer/families",
        ("family_key", "currency", "net_amount"),
        f"""
        {_MONTHS} select level_2_family_key as family_key, currency,
            coalesce(sum(net_amount) filter (where is_now), 0) as net_amount
        from lines inner join marts.dim_brand_families as families on lines.family_key = families.family_key
        where invoice_date >= since - interval '12 months' group by 1, 2
        """,
        _RON,
    ),
    Tie(
        "customer/no_longer_bought",
        ("family_key", "net_amount", "last_invoice_date"),
        f"""
        {_MONTHS} select family_key, sum(net_amount) as net_amount, max(invoice_date) as last_invoice_date
        from lines group by family_key having not bool_or(is_now) and sum(net_amount) > 0
            and not exists (
                select from marts.fct_sales as later
                where later.customer_key = %(customer)s and later.family_key = lines.family_key
                    and later.invoice_date >= (select until from months)
            )
        """,
        _EUR,
    ),
    Tie(
        "customer/calls",
        ("month", "other_calls", "lost_calls"),
        """
        select month::date as month, count(call_id) filter (where not is_lost) as other_calls,
            count(call_id) filter (where is_lost) as lost_calls
        from marts.last_build as build
        cross join generate_series(
            date_trunc('month', build.as_of) - interval '11 months', build.as_of, interval '1 month'
        ) as month
        left join marts.fct_calls on date_trunc('month', started_on) = month
            and customer_key = %(customer)s and direction <> 'internal'
        group by month
        """,
        _CALLER,
    ),
    Tie(
        "customer/lost_calls",
        ("started_at", "caller_number", "wait_seconds"),
        """
        select started_at, caller_number, wait_seconds from marts.fct_calls, marts.last_build as build
        where is_lost and customer_key = %(customer)s and started_on > build.as_of - 90
        """,
        _CALLER,
    ),
    Tie(
        "customer/documents",
        ("doc_id", "open_amount", "days_overdue"),
        """
        select doc_id, open_amount, greatest(build.as_of - due_on, 0) as days_overdue
        from marts.fct_due_docs, marts.last_build as build
        where open_amount <> 0 and customer_key = %(customer)s and currency = %(currency)s
        """,
        _RON,
    ),
    Tie(
        "customer/quotes",
        ("quote_id", "quoted_amount", "open_amount"),
        """
        select quote_id, sum(reported_amount) as quoted_amount,
            coalesce(sum(reported_amount) filter (where outcome = 'open'), 0) as open_amount
        from marts.fct_quotes, marts.last_build as build
        where customer_key = %(customer)s and currency = %(currency)s and quoted_on > build.as_of - 365
        group by quote_id
        """,
        {"customer": "30.00.00.0290", "currency": "EUR"},
    ),
    Tie(
        "customer/orders",
        ("order_id", "open_amount"),
        """
        select order_id, sum(net_amount) as open_amount from marts.fct_orders
        where status = 'confirmed' and customer_key = %(customer)s and currency = %(currency)s group by order_id
        """,
        {"customer": "30.00.00.0368", "currency": "EUR"},
    ),
]
