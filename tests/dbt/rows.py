"""Rows of every kind that the marts handle; the figures in test_marts.py are calculated from them by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection

from tests.dbt.building import insert
from tests.dbt.purchasing_rows import BOUGHT, insert_matches, insert_sent

NOW = "2025-03-01 12:00:00+00"

SALES_REPS = [
    {"sales_rep_id": "R1", "name": "Anna"},
    {"sales_rep_id": "R2", "name": "Nikos", "manager_id": "R1", "_deleted_at": NOW},
]
CUSTOMERS = [
    {"customer_id": "C1", "name": "Alfa", "sales_rep_id": "R1"},
    {"customer_id": "C2", "name": "Beta", "_deleted_at": NOW},
]
BRANCHES = [
    {"branch_id": "B1", "customer_id": "C1", "name": "Alfa Piraeus"},
    {"branch_id": "B2", "customer_id": "C404", "name": "Nobody's"},
]
# Five levels under F1, the fourth deleted; X and Y are each other's parent; L has an unknown parent.
FAMILIES = [
    {"family_id": "F1", "name": "One"},
    {"family_id": "F2", "name": "Two", "parent_family_id": "F1"},
    {"family_id": "F3", "name": "Three", "parent_family_id": "F2"},
    {"family_id": "F4", "name": "Four", "parent_family_id": "F3", "_deleted_at": NOW},
    {"family_id": "F5", "name": "Five", "parent_family_id": "F4"},
    {"family_id": "X", "name": "Ex", "parent_family_id": "Y"},
    {"family_id": "Y", "name": "Why", "parent_family_id": "X"},
    {"family_id": "L", "name": "Lost", "parent_family_id": "F404"},
]
CATEGORIES = [{"category_id": "K1", "path": "Brakes > Discs", "name": "Discs", "_deleted_at": NOW}]
PRODUCTS: list[dict[str, Any]] = [
    {"product_id": "P1", "sku": "S1", "name": "Deep", "family_id": "F5", "category_id": "K1"}
    | {"cost_price": 30, "currency": "EUR"},
    {"product_id": "P2", "sku": "S2", "name": "Shallow", "family_id": "F2"},
    {"product_id": "P3", "sku": "S3", "name": "Without family", "family_id": None},
    {"product_id": "P4", "sku": "S4", "name": "Of an unknown family", "family_id": "F404"},
    {"product_id": "P5", "sku": "S5", "name": "On the cycle", "family_id": "Y"},
]


def _sale(
    invoice_id: str, line_no: int, day: str, product_id: str | None, net_amount: str, **others: Any
) -> dict[str, Any]:
    line = {"invoice_id": invoice_id, "line_no": line_no, "invoice_date": day, "product_id": product_id}
    return line | {"net_amount": net_amount, "quantity": 1, "unit_price": 1, "currency": "EUR"} | others


SALES = [
    _sale(
        "I1", 1, "2025-01-15", "P1", "100.00", customer_id="C1", branch_id="B1", cost_amount="60.00", sales_rep_id="R2"
    ),
    _sale("I1", 2, "2025-01-15", "P2", "50.00", customer_id="C1", branch_id="B404", sales_rep_id="R404"),
    _sale("I2", 1, "2025-01-31", "P3", "20.00", customer_id="C404"),
    _sale(
        "I3",
        1,
        "2025-02-03",
        "P1",
        "-30.00",
        customer_id="C2",
        quantity=-1,
        cost_amount="-18.00",
        document_type="credit_note",
    ),
    _sale("I4", 1, "2025-01-20", "P404", "7.77", currency="USD"),
    _sale("I5", 1, "2025-01-02", "P5", "5.00", customer_id="C1"),
    _sale("I6", 1, "2025-01-02", "P4", "1.10", customer_id="C1"),
    _sale("I6", 2, "2025-01-02", None, "0.03", customer_id="C1"),
    _sale("I7", 1, "2025-01-02", "P1", "999.00", customer_id="C1", _deleted_at=NOW),
]


def _quote(
    quote_id: str, line_no: int, status: str, net_amount: str | None, valid_until: str | None = None
) -> dict[str, Any]:
    line = {"quote_id": quote_id, "line_no": line_no, "quoted_on": "2025-01-10", "valid_until": valid_until}
    return line | {
        "status": status,
        "net_amount": net_amount,
        "currency": "EUR",
        "customer_id": "C1",
        "product_id": "P1",
    }


QUOTES = [
    _quote("Q1", 1, "won", "60.00"),
    _quote("Q1", 2, "lost", "20.00"),
    _quote("Q2", 1, "open", "100.00", valid_until="2025-03-01"),
    _quote("Q3", 1, "open", "20.00", valid_until="2025-02-28"),
    _quote("Q4", 1, "draft", "500.00"),
    _quote("Q5", 1, "lost", None),
]


def _order(order_id: str, placed_at: str, sku: str | None, product_id: str | None = None) -> dict[str, Any]:
    line = {"order_id": order_id, "line_no": 1, "placed_at": placed_at, "sku": sku, "product_id": product_id}
    return line | {
        "channel": "web",
        "status": "confirmed",
        "quantity": 2,
        "unit_price": 5,
        "net_amount": 10,
        "currency": "EUR",
    }


# Midnight of 1 February in Athens is 22:00 UTC.
ORDERS = [
    _order("O1", "2025-01-31 21:59:59+00", "S1"),
    _order("O2", "2025-01-31 22:00:00+00", "S404", "P2"),
    _order("O3", "2025-01-31 12:00:00+00", None),
]


def _call(call_id: str, direction: str, disposition: str, wait_seconds: int | None) -> dict[str, Any]:
    call = {"call_id": call_id, "started_at": "2025-01-15 08:00:00+00", "direction": direction}
    return call | {"disposition": disposition, "wait_seconds": wait_seconds}


CALLS = [
    _call("1", "inbound", "answered", 20),
    _call("2", "inbound", "answered", 21),
    _call("3", "inbound", "lost", 40),
    _call("4", "inbound", "voicemail", None),
    _call("5", "outbound", "answered", 5),
]


def _due_doc(doc_id: str, due_on: str, open_amount: str, **others: Any) -> dict[str, Any]:
    doc = {"doc_id": doc_id, "doc_type": "invoice", "customer_id": "C1", "issued_on": "2025-01-15", "due_on": due_on}
    return doc | {"amount": "100.00", "open_amount": open_amount, "currency": "EUR"} | others


DUE_DOCS = [
    _due_doc("D1", "2025-02-14", "100.00"),
    _due_doc("D2", "2025-03-01", "40.00", customer_id="C404"),
    _due_doc("D3", "2025-02-14", "0.00"),
    _due_doc("D4", "9999-12-31", "1.00"),
    _due_doc("D5", "2025-02-14", "100.00", _deleted_at=NOW),
]
INVENTORY = [
    {"sku": "S1", "warehouse_id": "MAIN", "quantity_available": 0},
    {"sku": "S404", "warehouse_id": "MAIN", "quantity_available": 3},
    {"sku": "S2", "warehouse_id": "MAIN", "quantity_available": 9, "_deleted_at": NOW},
]


def insert_all(connection: Connection[Any]) -> None:
    """Insert all rows into the schema raw, and what they are matched to."""
    raw: Mapping[str, Sequence[Mapping[str, Any]]] = {
        "sales_reps": SALES_REPS,
        "customers": CUSTOMERS,
        "customer_branches": BRANCHES,
        "brand_families": FAMILIES,
        "categories": CATEGORIES,
        "products": PRODUCTS,
        "sales": SALES,
        "quotes": QUOTES,
        "orders": ORDERS,
        "calls": CALLS,
        "due_docs": DUE_DOCS,
        "inventory": INVENTORY,
        **BOUGHT,
    }
    for entity, rows in raw.items():
        insert(connection, entity, rows)
    insert_matches(connection)
    insert_sent(connection)
