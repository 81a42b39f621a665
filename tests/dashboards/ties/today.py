"""The page Today, compared with the facts."""

from tests.dashboards.ties.ties import Tie

_EUR, _RON = {"currency": "EUR"}, {"currency": "RON"}
_REP = {"currency": "EUR", "sales_rep": "R08"}
_MONTH = "(select date_trunc('month', as_of) - interval '1 month' from marts.last_build)"
# The customers of class A in the last 12 closed months or in those before, whose sales fell by a tenth or more.
_FALLING = f"""
    with months as (

        select customer_key, currency, last_12_months_net_amount as now, previous_12_months_net_amount as before,
            abc_class
        from marts.sales_by_customer_monthly where month = {_MONTH} and currency = %(currency)s

    ),

    year_before as (

        select customer_key, abc_class as class_before
        from marts.sales_by_customer_monthly
        where month = {_MONTH} - interval '1 year' and currency = %(currency)s

    ),

    falling as (

        select customers.customer_key, customers.sales_rep_id, now - before as amount
        from months inner join marts.customer_360 as customers using (customer_key, currency)
        left join year_before using (customer_key)
        where 'A' in (months.abc_class, class_before) and before > 0 and now <= 0.9 * before

    )
"""
_OVER = """
    select customer_key, customers.sales_rep_id,
        sum(reported_open_amount) filter (where aging_bucket like 'overdue%%') as amount
    from marts.fct_due_docs as docs inner join marts.dim_customers as customers using (customer_key)
    where docs.is_open and reported_currency = %(currency)s and customers.currency = %(currency)s
    group by 1, 2 having sum(reported_open_amount) > max(credit_limit)
        and sum(reported_open_amount) filter (where aging_bucket like 'overdue%%') > 0
"""
_EXPIRING = """
    select customer_key, sales_rep_id, sum(reported_amount) as amount
    from marts.fct_quotes, marts.last_build as build
    where outcome = 'open' and valid_until <= build.as_of + 7 and reported_currency = %(currency)s
    group by quote_id, 1, 2
"""
_LOST = """
    select nullif(customer_key, '(unknown)') as customer_key, customers.sales_rep_id, null::numeric as amount
    from marts.lost_calls inner join marts.dim_customers as customers using (customer_key)
    cross join marts.last_build as build
    where follow_up = 'open' and started_on > build.as_of - 7
"""
_PARTS = {"falling": "select * from falling", "lost_calls": _LOST, "over_limit": _OVER, "quotes": _EXPIRING}
_ALL = " union all ".join(
    f"(select '{reason}' as reason, part.* from ({part}) as part)" for reason, part in _PARTS.items()
)

TIES = [
    Tie("today/currencies", ("currency",), "select distinct currency from marts.fct_sales"),
    *(
        Tie(
            "today/sales",
            ("net_amount", "previous_year_net_amount", "year_to_date_net_amount", "margin_rate"),
            f"""
            select sum(net_amount) filter (where invoice_date >= {_MONTH}) as net_amount,
                sum(net_amount) filter (
                    where date_trunc('month', invoice_date) = {_MONTH} - interval '1 year'
                ) as previous_year_net_amount,
                sum(net_amount) filter (where is_this_year) as year_to_date_net_amount,
                sum(margin_amount) filter (where is_this_year)
                / sum(net_amount) filter (where is_this_year and cost_amount is not null) as margin_rate
            from marts.fct_sales
            cross join lateral (select invoice_date >= date_trunc('year', {_MONTH}) as is_this_year) as years
            where currency = %(currency)s and invoice_date < {_MONTH} + interval '1 month' and {where}
            """,
            state,
        )
        for state, where in ((_EUR, "true"), (_RON, "true"), (_REP, "sales_rep_id = %(sales_rep)s"))
    ),
    Tie("today/lost_calls", ("open_lost_calls",), f"select count(*) as open_lost_calls from ({_LOST}) as lost", _EUR),
    Tie(
        "today/debts",
        ("overdue_amount",),
        """
        select sum(reported_open_amount) as overdue_amount from marts.fct_due_docs
        where aging_bucket like 'overdue%%' and reported_currency = %(currency)s
        """,
    ),
    Tie(
        "today/quotes",
        ("open_quotes",),
        """
        select count(distinct quote_id) as open_quotes from marts.fct_quotes as quotes
        where outcome = 'open' and reported_currency = %(currency)s and not exists (
            select from marts.fct_quotes as lines where lines.quote_id = quotes.quote_id and outcome = 'won'
        )
        """,
    ),
    *(
        Tie(
            "today/reasons",
            ("reason", "items", "amount"),
            f"""
            {_FALLING}, parts as ({_ALL})
            select reasons.reason, count(parts.reason) as items, sum(amount) as amount
            from unnest(array['falling', 'lost_calls', 'over_limit', 'quotes']) as reasons (reason)
            left join parts on reasons.reason = parts.reason and {where}
            group by 1
            """,
            state,
        )
        for state, where in ((_EUR, "true"), (_REP, "sales_rep_id = %(sales_rep)s"))
    ),
    # All feeds of the demo are on time, and all of its files are good.
    Tie("today/feeds", ("stopped_feeds", "refused_files"), "select 0 as stopped_feeds, 0 as refused_files", {}),
    Tie(
        "today/import_reasons",
        ("reason", "items"),
        "select 'feeds' as reason, 0 as items union all select 'files' as reason, 0 as items",
        {},
    ),
    Tie("today/attention", ("reason", "customer_key", "amount"), f"{_FALLING} {_ALL}"),
    *(
        Tie("today/attention", ("customer_key", "amount"), f"{_FALLING} {part}", {"currency": "EUR", "reason": reason})
        for reason, part in _PARTS.items()
    ),
]
