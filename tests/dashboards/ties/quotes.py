"""The page Quotes, compared with the lines of quotes."""

from typing import Any

from tests.dashboards.ties.ties import Tie

# Each quote, of the lines that `only` chooses, with its outcome and the day of its decision; and the six closed months.
_QUOTES = """
    with months as (

        select date_trunc('month', as_of)::date as until,
            (date_trunc('month', as_of) - interval '6 months')::date as since,
            (date_trunc('month', as_of) - interval '12 months')::date as before, as_of
        from marts.last_build

    ),

    lines as (

        select quotes.*, coalesce(quotes.sales_rep_id, '(unknown)') as rep,
            coalesce(customers.customer_group, '(unknown)') as customer_group, families.*
        from marts.fct_quotes as quotes
        inner join marts.dim_customers as customers on quotes.customer_key = customers.customer_key
        inner join marts.dim_products as products on quotes.product_key = products.product_key
        inner join marts.dim_brand_families as families on products.family_key = families.family_key
        where reported_currency = %(currency)s

    ),

    quotes as (

        select quote_id, {by} as part, min(first_quoted_on) as quoted_on,
            case
                when bool_or(outcome = 'won') then 'won' when bool_or(outcome = 'open') then 'open'
                when bool_or(outcome = 'draft') then 'draft' when bool_or(outcome = 'lost') then 'lost' else 'expired'
            end as outcome,
            coalesce(
                min(closed_on) filter (where outcome = 'won'),
                case when not bool_or(outcome in ('open', 'draft')) then
                    coalesce(max(closed_on) filter (where outcome = 'lost'), max(closed_on)) end
            ) as closed_on,
            coalesce(sum(reported_amount), 0) as amount,
            coalesce(sum(reported_amount) filter (where outcome = 'won'), 0) as won_amount,
            coalesce(sum(reported_amount) filter (where outcome = 'lost'), 0) as lost_amount,
            coalesce(sum(reported_amount) filter (where outcome = 'expired'), 0) as expired_amount,
            coalesce(sum(reported_amount) filter (where outcome = 'open'), 0) as open_amount,
            min(as_of) as as_of, max(valid_until) as valid_until
        from lines where {only} group by 1, 2

    )
"""
_OUTCOMES = """
    count(*) filter (where outcome = 'won') as won_quotes, count(*) filter (where outcome = 'lost') as lost_quotes,
    count(*) filter (where outcome = 'expired') as expired_quotes, sum(won_amount) as won_amount,
    sum(lost_amount) as lost_amount, sum(expired_amount) as expired_amount
"""
_COUNTED = ("won_quotes", "lost_quotes", "expired_quotes", "won_amount", "lost_amount", "expired_amount")
_SIX = {"currency": "EUR", "months": "6"}


def _quotes(by: str = "''", only: str = "true") -> str:
    return _QUOTES.format(by=by, only=only)


def _totals(day: str = "closed_on", only: str = "true", **state: Any) -> Tie:
    now = f"{day} >= since and {day} < until"
    sql = f"""
        {_quotes(only=only)} select
            count(*) filter (where quoted_on >= since and quoted_on < until) as quotes,
            count(*) filter (where quoted_on >= before and quoted_on < since) as previous_quotes,
            sum(amount) filter (where quoted_on >= since and quoted_on < until) as quoted_amount,
            sum(amount) filter (where quoted_on >= before and quoted_on < since) as previous_quoted_amount,
            count(*) filter (where outcome = 'won' and {now}) as won_quotes,
            sum(won_amount) filter (where {now}) as won_amount,
            count(*) filter (where outcome = 'won' and {now})::numeric
            / count(*) filter (where outcome in ('won', 'lost', 'expired') and {now}) as win_rate,
            sum(won_amount) filter (where {now})
            / sum(won_amount + lost_amount + expired_amount) filter (where {now}) as win_rate_by_amount,
            percentile_cont(0.5) within group (order by closed_on - quoted_on) filter (
                where outcome in ('won', 'lost') and {now} and closed_on >= quoted_on
            ) as median_days_to_decision,
            count(*) filter (where outcome = 'open') as open_quotes,
            coalesce(sum(open_amount) filter (where outcome = 'open'), 0) as open_amount
        from quotes cross join months
    """
    columns = (
        *("quotes", "previous_quotes", "quoted_amount", "previous_quoted_amount", "won_quotes", "won_amount"),
        *("win_rate", "win_rate_by_amount", "median_days_to_decision", "open_quotes", "open_amount"),
    )
    return Tie("quotes/totals", columns, sql, _SIX | state)


def _months(day: str, only: str = "true", **state: Any) -> Tie:
    sql = f"""
        {_quotes(only=only)} select date_trunc('month', {day})::date as month, {_OUTCOMES}
        from quotes cross join months
        where {day} >= until - interval '24 months' and {day} < until + interval '1 month' group by 1
    """
    return Tie("quotes/months", ("month", *_COUNTED), sql, _SIX | state)


def _by(figure: str, by: str, day: str = "closed_on", only: str = "true", **state: Any) -> Tie:
    sql = f"""
        {_quotes(by, only)} select part as name, count(*) as quotes, sum(amount) as quoted_amount, {_OUTCOMES}
        from quotes cross join months where {day} >= since and {day} < until group by 1
    """
    return Tie(f"quotes/{figure}", ("name", "quotes", "quoted_amount", *_COUNTED), sql, _SIX | state)


def _by_family(level: int, only: str = "true", **state: Any) -> Tie:
    return _by("families", f"level_{level}_family_name", only=only, **state)


def _reasons(only: str = "true", **state: Any) -> Tie:
    sql = f"""
        {_quotes()} select coalesce(lost_reason, '(unknown)') as lost_reason, count(*) as lost_lines,
            sum(reported_amount) as lost_amount
        from lines cross join months
        where outcome = 'lost' and closed_on >= since and closed_on < until and {only} group by 1
    """
    return Tie("quotes/lost_reasons", ("lost_reason", "lost_lines", "lost_amount"), sql, _SIX | state)


def _open(figure: str, days: str, bins: str, only: str = "true", **state: Any) -> Tie:
    sql = f"""
        {_quotes(only=only)} select label, count(quote_id) as open_quotes, coalesce(sum(open_amount), 0) as open_amount
        from (values {bins}) as bins (label, first, last)
        left join (select {days} as days, * from quotes where outcome = 'open') as open on days between first and last
        group by 1
    """
    return Tie(f"quotes/{figure}", ("label", "open_quotes", "open_amount"), sql, _SIX | state)


_REP = {"quotes_of": "sales_rep:R10"}
_AGES = "('up to 7 days', 0, 7), ('8 to 14 days', 8, 14), ('15 to 30 days', 15, 30), ('31 to 60 days', 31, 60)"
_LEFT = "('within 7 days', 0, 7), ('in 8 to 14 days', 8, 14), ('in 15 to 30 days', 15, 30), ('later', 31, 99999)"

TIES = [
    Tie("quotes/currencies", ("currency",), "select distinct reported_currency as currency from marts.fct_quotes"),
    _totals(),
    _totals("quoted_on", basis="quoting"),
    _totals(only="rep = 'R10'", **_REP),
    _totals(currency="USD"),
    _totals(only="customer_group = 'Workshops'", quotes_of="customer_group:Workshops"),
    _months("closed_on"),
    _months("quoted_on", basis="quoting"),
    _months("closed_on", "level_2_family_key = 'F0101'", quotes_of="family:F0101"),
    _by("groups", "customer_group"),
    _by("groups", "customer_group", "quoted_on", basis="quoting"),
    _by("representatives", "coalesce((select name from marts.dim_sales_reps where sales_rep_key = rep), rep)"),
    _by_family(1),
    _by_family(2, "level_1_family_key = 'F01'", quotes_of="family:F01"),
    _by_family(3, "level_2_family_key = 'F0101'", quotes_of="family:F0101"),
    _reasons(),
    _reasons("rep = 'R10'", **_REP),
    _open("open_ages", "as_of - quoted_on", f"{_AGES}, ('over 60 days', 61, 99999)"),
    _open("open_expiries", "coalesce(valid_until - as_of, 100000)", f"{_LEFT}, ('day not known', 100000, 100000)"),
    _open("open_ages", "as_of - quoted_on", f"{_AGES}, ('over 60 days', 61, 99999)", "rep = 'R10'", **_REP),
    Tie(
        "quotes/open_quotes",
        ("quote_id", "open_amount"),
        f"""
        {_quotes(only="level_1_family_key = 'F06'")} select quote_id, open_amount from quotes
        where exists (select from marts.quote_documents as whole where whole.quote_id = quotes.quote_id
            and whole.outcome = 'open') and outcome = 'open'
        """,
        _SIX | {"quotes_of": "family:F06"},
    ),
    Tie(
        "quotes/open_quotes",
        ("quote_id", "valid_until", "open_amount"),
        f"{_quotes()} select quote_id, valid_until, open_amount from quotes where outcome = 'open'",
    ),
    Tie(
        "quotes/open_quotes",
        ("quote_id", "valid_until", "open_amount"),
        f"{_quotes()} select * from quotes where outcome = 'open' and valid_until <= as_of + 7",
        {"currency": "EUR", "expires": "7"},
    ),
    Tie(
        "quotes/decided_quotes",
        ("quote_id", "outcome", "closed_on", "won_amount", "lost_amount", "expired_amount"),
        f"{_quotes()} select quotes.* from quotes cross join months where closed_on >= since and closed_on < until",
        _SIX,
    ),
    Tie(
        "quotes/decided_quotes",
        ("quote_id", "outcome", "lost_amount"),
        f"""
        {_quotes()} select quotes.* from quotes cross join months where closed_on >= since and closed_on < until
        and exists (
            select from lines
            where lines.quote_id = quotes.quote_id and lines.outcome = 'lost' and lost_reason = 'price'
        )
        """,
        _SIX | {"lost_reason": "price"},
    ),
]
