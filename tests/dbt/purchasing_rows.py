"""Rows of what is bought; the figures in test_purchasing.py are calculated from them by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection

SUPPLIERS: list[dict[str, Any]] = [{"supplier_id": "1", "name": "Nordparts"}, {"supplier_id": "2", "name": "Teile Süd"}]
SUPPLIER_PRODUCTS = [{"puid": "10", "name": "BOSCH pads", "ean": "4047024000018"}, {"puid": "20", "name": "Filter X"}]
MATCHES = [("10", "P1", "confirmed"), ("20", "P2", "proposed")]


def offer(supplier_item_id: str, price: str | None, **others: Any) -> dict[str, Any]:
    usual = {"puid": "10", "supplier_id": "1", "currency": "EUR", "condition_id": "1", "availability_code": "1"}
    return {"supplier_item_id": supplier_item_id, "price": price, "stock": 5} | usual | others


OFFERS = [
    offer("cheap but used", "20", condition_id="2"),
    offer("cheap but sold out", "21", stock=0),
    offer("cheap but on order", "22", availability_code="4"),
    offer("gone", "1", _deleted_at="2025-03-01 12:00:00+00"),
    offer("best", "50", price_quantity=2, supplier_id="2"),
    offer("same price, less stock", "25", stock=4),
    offer("dearer", "26"),
    offer("without a price", None),
    offer("in dollars", "27", currency="USD"),
    offer("not ours", "1", puid="20"),
    offer("of an unknown code", "40", condition_id="99", supplier_id="404", supplier_name="Nobody"),
]


def document(document_id: str, kind: str, deal_id: str | None, issued_at: str, **others: Any) -> dict[str, Any]:
    return {"document_id": document_id, "kind": kind, "deal_id": deal_id, "issued_at": issued_at} | others


def line(document_id: str, line_no: int, supplier_sku: str | None, quantity: int, **others: Any) -> dict[str, Any]:
    return {"document_id": document_id, "line_no": line_no, "supplier_sku": supplier_sku, "quantity": quantity} | others


ORDERS: list[dict[str, Any]] = [
    {"deal_id": "D1", "supplier_id": "1", "own_order_id": "OUR-1", "status": "SENT"},
    {"deal_id": "D2", "supplier_id": "2", "own_order_id": "OUR-2", "status": "SENT"},
    {"deal_id": "D3", "supplier_id": "2", "status": "SENT", "is_archived": True, "requisition_id": "PR-3"},
    {"deal_id": "D4", "supplier_id": "2", "status": "SENT", "is_test": True},
]
# The marketplace had not told its number of the second one.
SENT = ("PR-1", "D1, OUR-2")
EUR = {"currency": "EUR"}
DOCUMENTS = [
    document("O1", "order", "D1", "2025-01-10 09:00", **EUR),
    document("R1", "order_response", "D1", "2025-01-10 10:00", **EUR),
    document("R2", "order_response", "D1", "2025-01-11 10:00", delivery_until="2025-01-20", **EUR),
    document("V1", "dispatch_notification", "D1", "2025-01-12 10:00"),
    document("I1", "invoice", "D1", "2025-01-13 10:00", **EUR),
    document("O3", "order", "D3", "2025-01-10 09:00", **EUR),
    document("O4", "order", "D4", "2025-01-10 09:00", **EUR),
    document("I4", "invoice", "D4", "2025-01-13 10:00", **EUR),
    document("Q1", "quotation", None, "2025-01-02 10:00", **EUR),
]
LINES = [
    # The same goods in two lines, and one that is never delivered.
    line("O1", 1, "A", 10, line_item_id="00001", unit_price=5, sku="S1"),
    line("O1", 2, "A", 4, line_item_id="00002", unit_price=5),
    line("O1", 3, "B", 2, line_item_id="00003", unit_price=100, net_amount=200),
    # Without the supplier's number, and replaced by the next one.
    line("R1", 1, None, 9, order_line_item_id="1", unit_price=9),
    line("R2", 1, "A", 8, order_line_item_id="00001", unit_price="5.50"),
    # The line that it refers to has other goods: the number of the goods counts.
    line("R2", 2, "B", 2, order_line_item_id="00002", unit_price=200, price_quantity=2),
    line("V1", 1, "A", 5, order_line_item_id="1"),
    line("V1", 2, "A", 3, order_line_item_id="1"),
    line("I1", 1, "A", 8, order_line_item_id="1", net_amount=48),
    line("I1", 2, "FREIGHT", 1, unit_price="8.40"),
    line("O3", 1, "C", 1, line_item_id="1", unit_price=1),
    line("O4", 1, "C", 1, line_item_id="1", unit_price=1),
    line("I4", 1, "C", 1, order_line_item_id="1", unit_price=7),
    line("Q1", 1, "C", 1, unit_price=1),
]
BOUGHT: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "suppliers": SUPPLIERS,
    "supplier_products": SUPPLIER_PRODUCTS,
    "supplier_offers": OFFERS,
    "purchase_orders": ORDERS,
    "purchase_documents": DOCUMENTS,
    "purchase_document_lines": LINES,
}


def insert_matches(connection: Connection[Any]) -> None:
    """Insert what of the marketplace's products is ours."""
    for puid, product_id, status in MATCHES:
        connection.execute(
            "insert into ops.matches (kind, theirs, ours, method, score, status, decided_by)"
            " values ('product', %(puid)s, %(product_id)s, 'ean', 100, %(status)s, %(decided_by)s)",
            {
                "puid": puid,
                "product_id": product_id,
                "status": status,
                "decided_by": "rules" if status == "confirmed" else None,
            },
        )


def insert_sent(connection: Connection[Any]) -> None:
    """Insert the requisition that orders were made of."""
    connection.execute(
        "insert into ops.exports (exporter, entity, record_uuid, record_key, external_id, status, delivered_at)"
        " values ('supplier_orders', 'purchase_requisitions', gen_random_uuid(), %s, %s, 'delivered', now())",
        SENT,
    )
