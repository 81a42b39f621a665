"""The page Receivables, compared with the open documents."""

from tests.dashboards.ties.ties import Tie

BUCKETS = (
    "not_due",
    "overdue_1_30",
    "overdue_31_60",
    "overdue_61_90",
    "overdue_over_90",
    "disputed",
    "unapplied_credit",
)
_AMOUNTS = tuple(f"{bucket}_amount" for bucket in BUCKETS)
_SUMS = ",\n".join(
    f"coalesce(sum(reported_open_amount) filter (where aging_bucket = '{bucket}'), 0) as {bucket}_amount"
    for bucket in BUCKETS
)
# Money is owed by who has no representative and no group as well.
_DOCS = """
    with docs as (

        select docs.*, customers.name, customers.credit_limit, coalesce(customers.sales_rep_id, '(unknown)') as rep,
            coalesce(customers.customer_group, '(none)') as customer_group
        from marts.fct_due_docs as docs
        inner join marts.dim_customers as customers on docs.customer_key = customers.customer_key
        where docs.is_open and docs.reported_currency = %(currency)s

    )
"""
_OVERDUE = "sum(reported_open_amount) filter (where aging_bucket like 'overdue%%')"
_REP = {"currency": "EUR", "sales_rep": "R08"}
_GROUP = {"currency": "USD", "customer_group": "Export"}

TIES = [
    Tie(
        "receivables/currencies",
        ("currency",),
        "select distinct reported_currency as currency from marts.fct_due_docs where amount <> 0",
    ),
    *(
        Tie(
            "receivables/totals",
            ("open_amount", "overdue_amount", "overdue_over_90_amount", "disputed_amount", "unapplied_credit_amount"),
            f"""
            {_DOCS} select sum(reported_open_amount) as open_amount, coalesce({_OVERDUE}, 0) as overdue_amount, {_SUMS}
            from docs where {where}
            """,
            state,
        )
        for state, where in (
            ({"currency": "EUR"}, "true"),
            ({"currency": "RON"}, "true"),
            (_REP, "rep = %(sales_rep)s"),
            (_GROUP, "customer_group = %(customer_group)s"),
        )
    ),
    Tie(
        "receivables/totals",
        ("previous_as_of", "previous_open_amount", "previous_overdue_amount"),
        """
        select as_of as previous_as_of, sum(open_amount) as previous_open_amount,
            sum(overdue_1_30_amount + overdue_31_60_amount + overdue_61_90_amount + overdue_over_90_amount)
                as previous_overdue_amount
        from marts.receivables_aging_monthly
        where currency = %(currency)s and as_of = (select date_trunc('month', as_of)::date - 1 from marts.last_build)
        group by as_of
        """,
    ),
    Tie(
        "receivables/totals",
        ("days_sales_outstanding",),
        """
        select 90 * (select sum(reported_open_amount) from marts.fct_due_docs where reported_currency = %(currency)s)
            / sum(amount) as days_sales_outstanding
        from marts.fct_due_docs, marts.last_build as build
        where currency = %(currency)s and doc_type in ('invoice', 'credit_note')
            and issued_on > build.as_of - 90 and issued_on <= build.as_of
        """,
    ),
    Tie(
        "receivables/months",
        ("as_of", "open_amount", *_AMOUNTS),
        f"""
        select as_of, {", ".join(f"sum({amount}) as {amount}" for amount in _AMOUNTS)},
            sum({" + ".join(_AMOUNTS)}) as open_amount
        from marts.receivables_aging_monthly where currency = %(currency)s group by as_of
        """,
    ),
    Tie(
        "receivables/debtors",
        ("customer_key", "open_amount", *_AMOUNTS),
        f"""
        {_DOCS} select customer_key, sum(reported_open_amount) as open_amount, {_SUMS} from docs group by customer_key
        """,
    ),
    Tie(
        "receivables/sales_reps",
        ("sales_rep_id", "open_amount", "overdue_amount"),
        f"""
        {_DOCS} select rep as sales_rep_id, sum(reported_open_amount) as open_amount,
            coalesce({_OVERDUE}, 0) as overdue_amount
        from docs group by rep
        """,
    ),
    Tie(
        "receivables/over_limit",
        ("customer_key", "open_amount", "credit_limit", "over_limit_amount"),
        f"""
        {_DOCS} select customer_key, sum(reported_open_amount) as open_amount, max(credit_limit) as credit_limit,
            sum(reported_open_amount) - max(credit_limit) as over_limit_amount
        from docs inner join marts.dim_customers as customers using (customer_key, credit_limit)
        where customers.currency = %(currency)s
        group by customer_key having sum(reported_open_amount) > max(credit_limit)
        """,
    ),
    *(
        Tie(
            "receivables/documents",
            ("doc_id", "open_amount", "days_overdue"),
            f"""
            {_DOCS} select doc_id, reported_open_amount as open_amount,
                greatest(build.as_of - due_on, 0) as days_overdue
            from docs, marts.last_build as build where {where}
            """,
            state,
        )
        for state, where in (
            ({"currency": "EUR"}, "true"),
            (
                {"currency": "EUR", "bucket": "overdue_over_90"},
                "docs.as_of - due_on > 90 and docs.is_disputed is not true",
            ),
            ({"currency": "EUR", "customer": "30.00.00.0053"}, "customer_key = %(customer)s"),
        )
    ),
]
