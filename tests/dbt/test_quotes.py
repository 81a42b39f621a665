"""Quotes by month of quoting and of decision, their breakdowns and outcomes, as of 1 March 2025."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import database
from tests.dbt.building import Dbt, insert
from wiseparts_pipeline.warehouse import Warehouse

UNKNOWN = "(unknown)"
JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)

CUSTOMERS = [
    {"customer_id": "C1", "name": "Alfa", "customer_group": "Shops"},
    {"customer_id": "C2", "name": "Beta", "customer_group": "Chains"},
    {"customer_id": "C3", "name": "In no group"},
]
FAMILIES = [
    {"family_id": "F1", "name": "Brakes"},
    {"family_id": "F2", "name": "Discs", "parent_family_id": "F1"},
    {"family_id": "F3", "name": "Oil"},
]
PRODUCTS = [
    {"product_id": "P1", "sku": "S1", "name": "Disc", "family_id": "F2"},
    {"product_id": "P2", "sku": "S2", "name": "Brake fluid", "family_id": "F1"},
    {"product_id": "P3", "sku": "S3", "name": "Oil", "family_id": "F3"},
]


def _line(quote_id: str, line_no: int, status: str, net_amount: str | None, **others: Any) -> dict[str, Any]:
    line = {"quote_id": quote_id, "line_no": line_no, "status": status, "net_amount": net_amount}
    return (
        line
        | {"quoted_on": "2025-01-10", "currency": "EUR", "customer_id": "C1", "product_id": "P1", "sales_rep_id": "R1"}
        | others
    )


QUOTES = [
    # Partly won, one line of another family; the order has both lines, and one that was not quoted.
    _line("Q1", 1, "won", "60.00", decided_on="2025-01-14", order_id="O1"),
    _line("Q1", 2, "lost", "20.00", decided_on="2025-02-03", order_id="O1", product_id="P3", lost_reason="price"),
    # A second quote that names the same order.
    _line("Q2", 1, "won", "60.00", decided_on="2025-02-10", order_id="O1", sales_rep_id="R2", customer_id="C2"),
    # Won before it was quoted.
    _line("Q3", 1, "won", "5.00", decided_on="2025-01-09", order_id="O404", product_id="P2"),
    _line("Q4", 1, "lost", "30.00", decided_on="2025-02-20", customer_id="C3", lost_reason="price"),
    _line("Q4", 2, "lost", None, decided_on="2025-02-01", customer_id="C3"),
    # Valid until as_of, and until the day before it; another until the last day of January.
    _line("Q5", 1, "open", "100.00", valid_until="2025-03-01"),
    _line("Q6", 1, "open", "40.00", valid_until="2025-02-28"),
    _line("Q7", 1, "open", "7.00", valid_until="2025-01-31", sales_rep_id=None),
    _line("Q8", 1, "draft", "500.00", customer_id="C404"),
    _line("Q8", 2, "draft", "1.00", product_id="P404"),
    _line("Q9", 1, "lost", "9.00", currency="USD"),
    _line("Q10", 1, "won", "999.00", _deleted_at="2025-02-01 08:00+00"),
]


def _order(line_no: int, sku: str, net_amount: str, status: str = "shipped") -> dict[str, Any]:
    line = {"order_id": "O1", "line_no": line_no, "placed_at": "2025-01-14 08:00+00", "sku": sku, "status": status}
    return line | {"channel": "rep", "quantity": 1, "unit_price": 1, "net_amount": net_amount, "currency": "EUR"}


def _sale(line_no: int, product_id: str, net_amount: str, order_id: str | None = "O1") -> dict[str, Any]:
    line = {"invoice_id": "I1", "line_no": line_no, "invoice_date": "2025-01-20", "product_id": product_id}
    line |= {"quantity": 1, "unit_price": 1, "net_amount": net_amount, "currency": "EUR", "order_id": order_id}
    return line


ORDERS = [_order(1, "S1", "60.00"), _order(2, "S2", "8.00"), _order(3, "S1", "70.00", status="cancelled")]
SALES = [_sale(1, "P1", "58.00"), _sale(2, "P2", "8.00"), _sale(3, "P3", "3.00"), _sale(4, "P1", "77.00", None)]


@pytest.fixture(scope="module")
def quotes(postgres_url: str, prepared_url: str, target: Path) -> Iterator[Warehouse]:
    """A warehouse with the rows above and the reports on quotes; read-only."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        warehouse = Warehouse(url)
        entities = {"customers": CUSTOMERS, "brand_families": FAMILIES, "products": PRODUCTS}
        with warehouse.connect() as connection:
            for entity, lines in (entities | {"quotes": QUOTES, "orders": ORDERS, "sales": SALES}).items():
                insert(connection, entity, lines)
        Dbt(warehouse, target).build("--select", "+quote_*")
        yield warehouse


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The result of a query as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_quote_has_one_outcome_and_its_days_to_decision(quotes: Warehouse) -> None:
    documents = rows(
        quotes, "select quote_id, outcome, closed_on, days_to_decision from quote_documents order by quote_id"
    )

    assert documents == [
        ("Q1", "won", date(2025, 1, 14), 4),
        ("Q2", "won", date(2025, 2, 10), 31),
        ("Q3", "won", date(2025, 1, 9), -1),
        ("Q4", "lost", date(2025, 2, 20), 41),
        ("Q5", "open", None, None),
        ("Q6", "expired", date(2025, 3, 1), None),
        ("Q7", "expired", date(2025, 2, 1), None),
        ("Q8", "draft", None, None),
        ("Q9", "lost", None, None),
    ]


def test_by_month_of_quoting_a_quote_won_before_it_was_quoted_is_won_but_not_in_the_median(quotes: Warehouse) -> None:
    months = rows(
        quotes,
        """
        select month, quotes, won_quotes, lost_quotes, expired_quotes, open_quotes, draft_quotes, win_rate,
            win_rate_by_line, win_rate_by_amount, lines_without_amount, timed_quotes, median_days_to_decision,
            quotes_decided_before_quoted
        from quote_conversion_monthly
        where currency = 'EUR'
        """,
    )

    # 3 of 6 quotes, 3 of 8 lines and 125 of 222 are won; the days are 4, 31 and 41.
    rates = map(Decimal, ("0.5", "0.375", "0.563063"))
    assert months == [(JANUARY, 8, 3, 1, 2, 1, 1, *rates, 1, 3, Decimal(31), 1)]


def test_by_month_of_decision_undecided_quotes_and_unknown_days_are_separate(quotes: Warehouse) -> None:
    months = rows(
        quotes,
        """
        select month, currency, quotes, won_quotes, lost_quotes, expired_quotes, open_quotes, draft_quotes
        from quote_decisions_monthly
        order by month, currency
        """,
    )

    assert months == [
        (JANUARY, "EUR", 2, 2, 0, 0, 0, 0),
        (FEBRUARY, "EUR", 3, 1, 1, 1, 0, 0),
        (date(2025, 3, 1), "EUR", 1, 0, 0, 1, 0, 0),
        (None, "EUR", 2, 0, 0, 0, 1, 1),
        (None, "USD", 1, 0, 1, 0, 0, 0),
    ]


def test_an_order_that_several_quotes_name_is_sold_once(quotes: Warehouse) -> None:
    documents = rows(
        quotes,
        """
        select quote_id, is_ordered, ordered_amount, sales_lines, sold_amount from quote_documents
        where won_lines > 0
        order by quote_id
        """,
    )

    assert documents == [
        ("Q1", True, Decimal(68), 3, Decimal(69)),
        ("Q2", True, Decimal(0), 0, Decimal(0)),
        ("Q3", False, Decimal(0), 0, Decimal(0)),
    ]
    assert rows(quotes, "select sum(sold_amount), sum(sold_quotes) from quote_conversion_monthly") == [(69, 1)]


def test_sales_count_with_the_quote_line_for_their_product(quotes: Warehouse) -> None:
    lines = rows(quotes, "select quote_id, line_no, sold_amount from quote_sales where order_id = 'O1' order by 1, 2")

    # The brake fluid, which was not quoted, counts with the first line.
    assert lines == [("Q1", 1, Decimal(66)), ("Q1", 2, Decimal(3)), ("Q2", 1, Decimal(0))]


@pytest.mark.parametrize(
    ("report", "column", "expected"),
    [
        ("sales_rep", "sales_rep_id", {"R1": (6, 2, 756), "R2": (1, 1, 60), UNKNOWN: (1, 0, 7)}),
        ("customer_group", "customer_group", {"Shops": (6, 2, 233), "Chains": (1, 1, 60), UNKNOWN: (2, 0, 530)}),
    ],
)
@pytest.mark.parametrize("kind", ["conversion", "decisions"])
def test_a_breakdown_has_every_line_once(
    quotes: Warehouse, kind: str, report: str, column: str, expected: dict[str, tuple[int, int, int]]
) -> None:
    cells = rows(
        quotes,
        f"""
        select {column}, sum(quotes), sum(won_quotes), sum(quoted_amount) from quote_{kind}_by_{report}_monthly
        where currency = 'EUR'
        group by {column}
        """,
    )

    assert {cell: tuple(totals) for cell, *totals in cells} == expected


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (1, {"F1": (8, 3, 802), "F3": (1, 0, 20), UNKNOWN: (1, 0, 1)}),
        (2, {"F1": (1, 1, 5), "F2": (7, 2, 797), "F3": (1, 0, 20), UNKNOWN: (1, 0, 1)}),
    ],
)
@pytest.mark.parametrize("kind", ["conversion", "decisions"])
def test_at_each_level_a_quote_counts_under_every_family_of_its_lines(
    quotes: Warehouse, kind: str, level: int, expected: dict[str, tuple[int, int, int]]
) -> None:
    cells = rows(
        quotes,
        f"""
        select family_key, sum(quotes), sum(won_quotes), sum(quoted_amount) from quote_{kind}_by_brand_family_monthly
        where level = {level} and currency = 'EUR'
        group by family_key
        """,
    )

    assert {cell: tuple(totals) for cell, *totals in cells} == expected


def test_lines_are_lost_for_a_reason_in_the_month_of_their_decision(quotes: Warehouse) -> None:
    reasons = rows(
        quotes,
        """
        select month, currency, lost_reason, quotes, lost_lines, lines_without_amount, lost_amount, line_share
        from quote_lost_reasons_monthly
        order by month, lost_reason desc
        """,
    )

    assert reasons == [
        (FEBRUARY, "EUR", "price", 2, 2, 0, Decimal(50), Decimal("0.666667")),
        (FEBRUARY, "EUR", UNKNOWN, 1, 1, 1, Decimal(0), Decimal("0.333333")),
        (None, "USD", UNKNOWN, 1, 1, 0, Decimal(9), Decimal(1)),
    ]
