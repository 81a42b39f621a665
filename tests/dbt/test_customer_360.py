"""One row per customer with all its figures, as of 1 March 2025."""

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
NOW = "2025-03-01 12:00:00+00"

CUSTOMERS = [
    {"customer_id": "C1", "name": "Alfa", "currency": "EUR", "credit_limit": "100.00"},
    {"customer_id": "C2", "name": "Of two currencies", "currency": "USD", "credit_limit": "100.00"},
    {"customer_id": "C3", "name": "With nothing", "currency": "RON"},
    {"customer_id": "C4", "name": "Of credit notes only", "currency": "EUR"},
    {"customer_id": "C5", "name": "Deleted", "currency": "EUR", "_deleted_at": NOW},
]
FAMILIES = [
    {"family_id": "F1", "name": "Brakes"},
    {"family_id": "F2", "name": "Discs", "parent_family_id": "F1"},
]
PRODUCTS = [
    {"product_id": "P1", "sku": "S1", "name": "Pad", "family_id": "F1"},
    {"product_id": "P2", "sku": "S2", "name": "Disc", "family_id": "F2"},
]


def _sale(invoice_id: str, day: str, customer_id: str | None, net_amount: str, **others: Any) -> dict[str, Any]:
    line = {"invoice_id": invoice_id, "line_no": 1, "invoice_date": day, "customer_id": customer_id}
    return line | {"net_amount": net_amount, "quantity": 1, "unit_price": 1, "currency": "EUR"} | others


# The twelve closed months are March 2024 to February 2025.
SALES = [
    _sale("I1", "2025-03-01", "C1", "1000.00", product_id="P1"),
    _sale("I2", "2025-02-28", "C1", "100.00", product_id="P1", cost_amount="75.00"),
    _sale("I3", "2024-03-01", "C1", "20.00", product_id="P2"),
    _sale("I4", "2024-02-29", "C1", "150.00", product_id="P2"),
    _sale("I5", "2023-03-01", "C1", "10.00", product_id="P2"),
    _sale("I6", "2023-02-28", "C1", "7.00"),
    _sale("I7", "2025-02-03", "C2", "50.00"),
    _sale("I8", "2025-02-04", "C2", "5.00"),
    _sale("I9", "2025-02-03", "C2", "900.00", currency="USD"),
    _sale("I10", "2025-02-03", "C4", "-30.00", document_type="credit_note"),
    _sale("I11", "2025-02-03", "C404", "11.00"),
    _sale("I12", "2025-02-03", None, "2.00"),
    _sale("I13", "2025-02-03", "C1", "999.00", _deleted_at=NOW),
]


def _order(order_id: str, placed_at: str, status: str, customer_id: str = "C1") -> dict[str, Any]:
    line = {"order_id": order_id, "line_no": 1, "placed_at": placed_at, "channel": "web", "status": status}
    return line | {"customer_id": customer_id, "quantity": 1, "unit_price": 1, "net_amount": "10.00", "currency": "EUR"}


ORDERS = [
    _order("O1", "2025-01-01 08:00+00", "shipped"),
    _order("O2", "2025-01-11 08:00+00", "confirmed"),
    _order("O3", "2025-01-31 08:00+00", "confirmed"),
    _order("O4", "2025-02-28 08:00+00", "cancelled"),
    _order("O5", "2025-02-28 08:00+00", "draft"),
]


def _quote(quote_id: str, line_no: int, status: str, net_amount: str | None) -> dict[str, Any]:
    line = {"quote_id": quote_id, "line_no": line_no, "quoted_on": "2025-02-10", "valid_until": "2025-03-01"}
    return line | {"status": status, "net_amount": net_amount, "currency": "EUR", "customer_id": "C1"}


QUOTES = [
    _quote("Q1", 1, "open", "40.00"),
    _quote("Q1", 2, "open", None),
    _quote("Q2", 1, "lost", "70.00"),
    _quote("Q3", 1, "open", "2.00") | {"valid_until": "2025-02-28"},
]


def _due_doc(doc_id: str, due_on: str, open_amount: str, customer_id: str = "C1", **others: Any) -> dict[str, Any]:
    doc = {"doc_id": doc_id, "doc_type": "invoice", "customer_id": customer_id, "due_on": due_on}
    return doc | {"issued_on": "2025-01-02", "amount": "100.00", "open_amount": open_amount, "currency": "EUR"} | others


DUE_DOCS = [
    _due_doc("D1", "2025-02-28", "60.00"),
    _due_doc("D2", "2025-03-01", "30.00"),
    _due_doc("D3", "2025-01-31", "-10.00", doc_type="credit_note", amount="-10.00"),
    _due_doc("D4", "2025-01-31", "45.00", is_disputed=True),
    _due_doc("D5", "2025-01-31", "8.00", customer_id="C404"),
    _due_doc("D6", "2025-01-31", "3.00", customer_id="C2", currency="USD"),
]


def _call(call_id: str, started_at: str, disposition: str, **others: Any) -> dict[str, Any]:
    call = {"call_id": call_id, "started_at": started_at, "disposition": disposition, "direction": "inbound"}
    return call | {"customer_id": "C1", "wait_seconds": 30} | others


# The 90 days up to 1 March 2025 begin on 2 December.
CALLS = [
    _call("T1", "2024-12-02 08:00+00", "lost"),
    _call("T2", "2024-12-01 08:00+00", "answered"),
    _call("T3", "2025-03-02 08:00+00", "answered"),
    _call("T4", "2025-02-01 08:00+00", "answered", direction="internal", customer_id=None),
    _call("T5", "2025-02-01 08:00+00", "answered", direction="outbound", customer_id="C3"),
]
ACTIVITY = [
    {"event_id": "E1", "occurred_at": "2025-02-27 08:00+00", "kind": "visit", "customer_id": "C1", "session_id": "S1"},
    {"event_id": "E2", "occurred_at": "2025-02-27 08:01+00", "kind": "cart", "customer_id": "C1", "session_id": "S1"},
]


@pytest.fixture(scope="module")
def customers(postgres_url: str, prepared_url: str, target: Path) -> Iterator[Warehouse]:
    """A warehouse with the rows above and customer_360; read-only."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        warehouse = Warehouse(url)
        masters = {"customers": CUSTOMERS, "brand_families": FAMILIES, "products": PRODUCTS}
        facts = {"sales": SALES, "orders": ORDERS, "quotes": QUOTES, "due_docs": DUE_DOCS, "calls": CALLS}
        with warehouse.connect() as connection:
            for entity, lines in (masters | facts | {"online_activity": ACTIVITY}).items():
                insert(connection, entity, lines)
        Dbt(warehouse, target).build("--select", "+customer_360")
        yield warehouse


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The result of a query as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_each_customer_has_one_row_whatever_data_it_has(customers: Warehouse) -> None:
    found = rows(
        customers,
        """
        select customer_key, currency, other_currencies, lifetime_net_amount, trend, is_deleted
        from customer_360
        order by customer_key
        """,
    )

    assert found == [
        (UNKNOWN, "EUR", None, Decimal(13), "new", False),
        ("C1", "EUR", None, Decimal(1287), "falling", False),
        ("C2", "EUR", "USD", Decimal(55), "new", False),
        ("C3", "RON", None, Decimal(0), "none", False),
        ("C4", "EUR", None, Decimal(-30), "none", False),
        ("C5", "EUR", None, Decimal(0), "none", True),
    ]


def test_sales_are_compared_over_the_twelve_closed_months(customers: Warehouse) -> None:
    sales = rows(
        customers,
        """
        select last_12_months_net_amount, previous_12_months_net_amount, last_12_months_growth_rate,
            last_12_months_margin_amount, last_12_months_margin_rate, year_to_date_net_amount,
            previous_year_to_date_net_amount, first_invoice_date, last_invoice_date, abc_class
        from customer_360
        where customer_key = 'C1'
        """,
    )

    assert sales == [
        (
            *map(Decimal, ("120", "160", "-0.25", "25", "0.25", "1100", "170")),
            date(2023, 2, 28),
            date(2025, 3, 1),
            "A",
        )
    ]


def test_the_best_families_come_first_and_the_current_month_does_not_count(customers: Warehouse) -> None:
    assert rows(
        customers,
        """
        select top_family_1_key, top_family_1_path, top_family_2_key, top_family_2_path, top_family_3_key
        from customer_360
        where customer_key = 'C1'
        """,
    ) == [("F1", "Brakes", "F2", "Brakes > Discs", None)]


def test_orders_have_their_frequency_and_open_amount(customers: Warehouse) -> None:
    assert rows(
        customers,
        """
        select orders, last_order_on, average_days_between_orders, open_orders, open_orders_amount, open_quotes,
            open_quotes_amount
        from customer_360
        where customer_key = 'C1'
        """,
    ) == [(3, date(2025, 1, 31), Decimal(15), 2, Decimal(20), 1, Decimal(40))]


def test_due_amounts_have_their_share_of_the_credit_limit(customers: Warehouse) -> None:
    due = rows(
        customers,
        """
        select customer_key, open_amount, overdue_amount, disputed_amount, days_overdue, credit_limit,
            credit_limit_used
        from customer_360
        where customer_key in ('C1', 'C2')
        order by customer_key
        """,
    )

    assert due == [
        ("C1", *map(Decimal, ("125", "60", "45", "1", "100", "1.25"))),
        # The limit is in dollars, and most sales are in euros.
        ("C2", *map(Decimal, ("0", "0", "0", "0")), None, None),
    ]


def test_amounts_in_another_currency_are_separate(customers: Warehouse) -> None:
    amounts = rows(
        customers,
        """
        select currency, is_main_currency, lifetime_net_amount, open_amount from customer_360_by_currency
        where customer_key = 'C2'
        order by currency
        """,
    )

    assert amounts == [("EUR", True, Decimal(55), Decimal(0)), ("USD", False, Decimal(900), Decimal(3))]


def test_calls_and_visits_are_counted_up_to_the_as_of_date(customers: Warehouse) -> None:
    contacts = rows(
        customers,
        """
        select customer_key, last_90_days_calls, last_90_days_lost_calls, last_365_days_calls, last_call_on,
            last_90_days_online_sessions, last_contact_on, last_contact_by
        from customer_360
        where customer_key in ('C1', 'C3', 'C5', '(unknown)')
        order by customer_key
        """,
    )

    assert contacts == [
        (UNKNOWN, 0, 0, 0, None, 0, date(2025, 2, 3), "invoice"),
        ("C1", 1, 1, 2, date(2024, 12, 1), 1, date(2025, 3, 1), "invoice"),
        ("C3", 1, 0, 1, date(2025, 2, 1), 0, date(2025, 2, 1), "call"),
        ("C5", 0, 0, 0, None, 0, None, None),
    ]


@pytest.mark.parametrize(
    ("column", "fact", "amount"),
    [
        ("lifetime_net_amount", "fct_sales", "net_amount"),
        ("open_amount", "fct_due_docs", "open_amount"),
        ("open_quotes_amount", "fct_quotes where outcome = 'open'", "net_amount"),
        ("open_orders_amount", "fct_orders where status = 'confirmed'", "net_amount"),
    ],
)
def test_all_customers_together_add_up_to_the_facts(customers: Warehouse, column: str, fact: str, amount: str) -> None:
    totals = dict(rows(customers, f"select currency, sum({column}) from customer_360_by_currency group by currency"))
    facts = dict(rows(customers, f"select currency, sum({amount}) from {fact} group by currency"))

    assert {currency: total for currency, total in totals.items() if total} == facts


def test_the_best_families_are_rebuilt_only_after_a_correction(dbt: Dbt) -> None:
    of_sales = ("--select", "fct_sales+,+int_customer_top_families", "--exclude-resource-type", "test")
    with dbt.warehouse.connect() as connection:
        insert(connection, "brand_families", FAMILIES)
        insert(connection, "products", PRODUCTS)
        insert(connection, "sales", [_sale("I1", "2025-02-28", None, "9.00", product_id="P1")])
    dbt.build("--select", "+int_customer_top_families", "--exclude-resource-type", "test")
    first = _best_families(dbt)

    with dbt.warehouse.connect() as connection:
        # The current month does not count.
        insert(connection, "sales", [_sale("I2", "2025-03-01", None, "90.00", product_id="P2")])
    dbt.build(*of_sales)
    untouched = _best_families(dbt)

    with dbt.warehouse.connect() as connection:
        insert(connection, "sales", [_sale("I3", "2024-03-01", None, "10.00", product_id="P2")])
    dbt.build(*of_sales)

    assert [family for family, _ in first] == ["F1"]
    assert untouched == first
    assert [family for family, _ in _best_families(dbt)] == ["F2", "F1"]


def _best_families(dbt: Dbt) -> list[tuple[Any, ...]]:
    """The families in order, each with the transaction that wrote its row."""
    with dbt.warehouse.connect() as connection:
        return connection.execute(
            "select family_key, xmin::text from intermediate.int_customer_top_families order by position"
        ).fetchall()
