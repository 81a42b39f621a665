"""The page Sales, compared with the lines of invoices."""

from tests.dashboards.ties.ties import Tie

# The demo begins in January 2024, so that it lacks a month of the twelve before the last twelve.
# The lines of the 24 closed months, with whether they are of the last 12, and the family of each level.
_LINES = """
    with months as (

        select date_trunc('month', as_of) as until, date_trunc('month', as_of) - interval '12 months' as since,
            date_trunc('year', date_trunc('month', as_of) - interval '1 month') as new_year
        from marts.last_build

    ),

    lines as (

        select sales.*, families.*, customers.customer_group, customers.name as customer_name,
            customers.sales_rep_id as customer_rep,
            invoice_date >= months.since as is_now,
            invoice_date >= months.new_year as is_this_year,
            invoice_date >= months.new_year - interval '1 year' and invoice_date < months.until - interval '1 year'
                as is_year_before
        from marts.fct_sales as sales
        inner join marts.dim_brand_families as families on sales.family_key = families.family_key
        inner join marts.dim_customers as customers on sales.customer_key = customers.customer_key
        cross join months
        where sales.currency = %(currency)s
            and invoice_date < months.until and invoice_date >= months.since - interval '12 months'

    )
"""
_AMOUNTS = """
    coalesce(sum(net_amount) filter (where is_now), 0) as last_12_months_net_amount,
    null::numeric as previous_12_months_net_amount,
    sum(margin_amount) filter (where is_now) as last_12_months_margin_amount
"""
_BOTH = ("last_12_months_net_amount", "previous_12_months_net_amount")
_MARGIN = "last_12_months_margin_amount"
_YEARS = ("year_to_date_net_amount", "previous_year_to_date_net_amount")


def _by(key: str, name: str, where: str = "true") -> str:
    return f"""
        {_LINES} select {key} as {name}, {_AMOUNTS} from lines where {where} group by 1
        having sum(net_amount) filter (where is_now) <> 0 or sum(net_amount) filter (where not is_now) <> 0
    """


def _changes(key: str, name: str) -> str:
    """The five that grew most this year, and the five that fell most."""
    now = "coalesce(sum(net_amount) filter (where is_this_year), 0)"
    before = "coalesce(sum(net_amount) filter (where is_year_before), 0)"
    changes = f"""
        select {key} as key, {name} as name, {now} as year_to_date_net_amount,
            {before} as previous_year_to_date_net_amount, {now} - {before} as change
        from lines group by 1, 2
    """
    return f"""
        {_LINES}, changes as ({changes})
        (select * from changes where change > 0 order by change desc limit 5)
        union all (select * from changes where change < 0 order by change limit 5)
    """


TIES = [
    Tie("sales/currencies", ("currency",), "select distinct currency from marts.fct_sales"),
    Tie(
        "sales/totals",
        (
            *("last_12_months_net_amount", "year_to_date_net_amount", "previous_year_to_date_net_amount"),
            *("credited_amount", "last_12_months_margin_amount"),
        ),
        f"""
        {_LINES} select
            sum(net_amount) filter (where is_now) as last_12_months_net_amount,
            sum(net_amount) filter (where is_this_year) as year_to_date_net_amount,
            sum(net_amount) filter (
                where is_year_before
                and (select min(invoice_date) < min(new_year) - interval '11 months' from marts.fct_sales, months)
            ) as previous_year_to_date_net_amount,
            sum(net_amount) filter (where is_now and document_type = 'credit_note') as credited_amount,
            sum(margin_amount) filter (where is_now) as last_12_months_margin_amount
        from lines
        """,
    ),
    Tie(
        "sales/months",
        ("month", "net_amount"),
        f"""
        {_LINES} select date_trunc('month', invoice_date)::date as month, sum(net_amount) as net_amount
        from lines where is_now group by 1
        """,
    ),
    Tie(
        "sales/totals",
        ("last_12_months_net_amount", "last_12_months_margin_amount", "customers"),
        f"""
        {_LINES} select
            sum(net_amount) filter (where is_now) as last_12_months_net_amount,
            sum(margin_amount) filter (where is_now) as last_12_months_margin_amount,
            count(distinct customer_key) filter (where is_now and document_type = 'invoice') as customers
        from lines where customer_rep = %(sales_rep)s and customer_group = %(customer_group)s
        """,
        {"currency": "EUR", "sales_rep": "R08", "customer_group": "Workshops"},
    ),
    Tie(
        "sales/months",
        ("month", "net_amount"),
        f"""
        {_LINES} select date_trunc('month', invoice_date)::date as month, sum(net_amount) as net_amount
        from lines where is_now and customer_group = %(customer_group)s group by 1
        """,
        {"currency": "EUR", "customer_group": "Workshops"},
    ),
    Tie(
        "sales/customers",
        ("customer_key", "last_12_months_net_amount", _MARGIN),
        _by("customer_key", "customer_key", "customer_rep = %(sales_rep)s"),
        {"currency": "EUR", "sales_rep": "R08"},
    ),
    Tie("sales/families", ("family_key", *_BOTH, _MARGIN), _by("level_1_family_key", "family_key")),
    Tie(
        "sales/families",
        ("family_key", *_BOTH, _MARGIN),
        _by("level_2_family_key", "family_key", "level_1_family_key = %(family)s"),
        {"currency": "EUR", "family": "F01"},
    ),
    Tie(
        "sales/families",
        ("family_key", *_BOTH, _MARGIN),
        _by("level_3_family_key", "family_key", "level_2_family_key = %(family)s"),
        {"currency": "EUR", "family": "F0101"},
    ),
    Tie(
        "sales/representatives",
        ("sales_rep_id", *_BOTH, _MARGIN),
        _by("coalesce(sales_rep_id, '(unknown)')", "sales_rep_id"),
    ),
    Tie("sales/groups", ("name", *_BOTH), _by("coalesce(customer_group, '(none)')", "name")),
    Tie("sales/family_changes", ("name", *_YEARS, "change"), _changes("level_1_family_key", "level_1_family_name")),
    Tie("sales/customer_changes", ("name", *_YEARS, "change"), _changes("customer_key", "customer_name")),
    Tie(
        "sales/classes",
        ("abc_class", "customers", "last_12_months_net_amount"),
        """
        select abc_class, count(*) as customers, sum(last_12_months_net_amount) as last_12_months_net_amount
        from marts.customer_360_by_currency where currency = %(currency)s and abc_class is not null group by 1
        """,
    ),
    Tie("sales/customers", ("customer_key", "last_12_months_net_amount", _MARGIN), _by("customer_key", "customer_key")),
]
