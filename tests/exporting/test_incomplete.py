"""An order goes with all its lines or not at all, whatever keeps one of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.exporting.records import export, exporter, insert
from tests.importing.drop import Drop
from wiseparts_pipeline.exporting.content import prepare
from wiseparts_pipeline.exporting.content.records import _lines_query
from wiseparts_pipeline.exporting.export import HeldRecord
from wiseparts_pipeline.retention.database import delete
from wiseparts_pipeline.warehouse import Connection, Warehouse

HEADER = "order_id,line_no,placed_at,channel,status,sku,quantity,unit_price,net_amount,currency,note"


def row(order: str, line: int, quantity: str = "1", sku: str = "A-1", note: str = "") -> str:
    return f"{order},{line},2026-03-01,web,confirmed,{sku},{quantity},5,5,EUR,{note}"


@pytest.fixture
def shop(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    """A folder of orders, of which rejected rows refuse no file."""
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    root = tmp_path / "drop"
    root.mkdir()
    return Drop(root, warehouse).of("orders", reject_limit_percent=100)


def imported(drop: Drop, name: str, *rows: str) -> Any:
    return drop.imported(name, "\n".join([HEADER, *rows, ""]))


def outcome(drop: Drop, order: str, **columns: Any) -> int | str:
    """How many lines the order goes with, or why it is held."""
    with drop.warehouse.connect() as connection:
        try:
            lines, _ = prepare(connection, exporter(), export(key=order, **columns))
        except HeldRecord as held:
            return f"{held.code}: {held}"
        return lines.rows


def test_an_order_waits_for_a_line_that_was_rejected_and_goes_with_it(shop: Drop) -> None:
    imported(shop, "a.csv", row("W", 1), row("W", 2, quantity="two"), row("V", 1))
    why = outcome(shop, "W")
    assert str(why).startswith("incomplete: A line was rejected, row 2 of a.csv: quantity: 'two' is")
    assert outcome(shop, "V") == 1
    imported(shop, "b.csv", row("W", 2, quantity="2"))
    assert outcome(shop, "W") == 2


def test_an_order_waits_for_a_line_that_waits(shop: Drop) -> None:
    waiting = shop.of("orders", references={"sku": "wait"})
    shop.of("products").imported("p.csv", "product_id,sku,name\nP1,A-1,Pad\n")
    imported(waiting, "a.csv", row("W", 1), row("W", 2, sku="B-1"))
    why = outcome(waiting, "W")
    assert str(why).startswith("incomplete: A line is not there yet, row 2 of a.csv: ")
    shop.of("products").imported("q.csv", "product_id,sku,name\nP2,B-1,Disc\n")
    assert outcome(waiting, "W") == 2


def test_a_line_whose_number_cannot_be_read_is_of_its_order(shop: Drop) -> None:
    imported(shop, "a.csv", row("W", 1), row("W", 2).replace("W,2", "W,second"))
    assert "row 2 of a.csv" in str(outcome(shop, "W"))


def test_a_line_whose_key_cannot_be_read_is_of_the_order_that_it_names(shop: Drop) -> None:
    imported(shop, "a.csv", row("W-1", 1), row("W-1", 2) + ",one,cell,more", row("V-1", 1))
    assert "row 2 of a.csv" in str(outcome(shop, "W-1"))
    assert outcome(shop, "V-1") == 1
    # A person says that it is not.
    assert outcome(shop, "W-1", again=True) == 1
    # Sent again, in place of what could not be read.
    imported(shop, "b.csv", row("W-1", 1), row("W-1", 2))
    assert outcome(shop, "W-1") == 2


UNREADABLE = row("W-1", 2) + ",one,cell,more"


def test_an_unreadable_line_is_missing_until_another_file_adds_a_line(shop: Drop) -> None:
    imported(shop, "a.csv", row("W-1", 1), UNREADABLE)
    imported(shop, "b.csv", row("W-1", 1, quantity="3"))
    assert "row 2 of a.csv" in str(outcome(shop, "W-1"))
    imported(shop, "c.csv", row("W-1", 2))
    assert outcome(shop, "W-1") == 2


def test_an_unreadable_line_is_missing_however_old_it_is(shop: Drop) -> None:
    imported(shop, "a.csv", row("W-1", 1), UNREADABLE)
    with shop.warehouse.connect(autocommit=True) as connection:
        insert(connection, "ops.exporters", exporter="erp_orders")
        delete(connection, "rejected_rows", datetime.now(UTC) + timedelta(days=1))
    assert "row 2 of a.csv" in str(outcome(shop, "W-1"))


def test_an_unreadable_row_does_not_hold_an_order_that_was_delivered_without_it(shop: Drop) -> None:
    imported(shop, "a.csv", row("W-1", 1), UNREADABLE)
    waiting = export(key="W-1")
    with shop.warehouse.connect(autocommit=True) as connection:
        insert(
            connection,
            "ops.exports",
            exporter=waiting.exporter,
            entity="orders",
            record_uuid=waiting.record_uuid,
            status="delivered",
            delivered_at=datetime.now(UTC),
        )
    imported(shop, "b.csv", row("W-1", 1, quantity="3"))
    assert outcome(shop, "W-1", version=2) == 1


def test_a_line_that_is_known_to_be_missing_is_not_left_out_for_anybody(shop: Drop) -> None:
    imported(shop, "a.csv", row("W-1", 1), row("W-1", 2) + ",more", row("W-1", 3, quantity="three"))
    assert "row 3 of a.csv" in str(outcome(shop, "W-1", again=True))


@pytest.mark.parametrize(
    ("order", "other"), [("W", "W1"), ("W", "W/1"), ("W/1", "W"), ("W\\", "W\\/"), ("100%", "100%1"), ("_", "W")]
)
def test_the_lines_of_another_order_with_a_similar_number_do_not_count(shop: Drop, order: str, other: str) -> None:
    imported(shop, "a.csv", row(order, 1), row(other, 1), row(other, 2, quantity="two"))
    assert outcome(shop, order) == 1
    assert "row 3 of a.csv" in str(outcome(shop, other))


def test_what_is_missing_is_found_by_indexes(connection: Connection) -> None:
    """Also in a plan that is made for any order, as PostgreSQL makes one after some executions."""
    entry = {"row_number": 1, "entity": "orders", "code": "not_a_number", "message": "m"}
    insert(connection, "ops.rejected_entries", file_id=1, key="W/1", **entry)
    for table in ("rejected_entries", "deferred_entries"):
        connection.execute(
            f"insert into ops.{table} (file_id, row_number, entity, key, code, message)"
            " select 2, n, 'orders', 'O' || n || '/1', 'not_a_number', 'm' from generate_series(1, 5000) as n".encode()
        )
    connection.execute("set local plan_cache_mode = force_generic_plan")
    numbered = _lines_query(exporter().entity_definition).decode()
    for position, name in enumerate(("order", "key", "first", "last", "exporter", "uuid", "limit"), 1):
        numbered = numbered.replace(f"%({name})s", f"${position}")
    connection.execute(f"prepare lines (text, text, text, text, text, uuid, bigint) as {numbered}".encode())
    plan = connection.execute(b"explain execute lines ('W', 'W', 'W/', 'W0', 'x', null, 10)").fetchall()
    assert "Seq Scan on rejected_entries" not in str(plan)
    assert "Seq Scan on deferred_entries" not in str(plan)


ADDRESSES = "address_id,customer_id,kind\n"
WITH_ADDRESSES = {"customer_data": {}, "addresses": {"rows": "addresses"}}


def customer_outcome(drop: Drop, *, files: dict[str, Any] = WITH_ADDRESSES, **columns: Any) -> int | str:
    """How many addresses the customer C1 goes with, or why it is held."""
    with drop.warehouse.connect() as connection:
        row = connection.execute("select system_id from raw.customers where customer_id = 'C1'").fetchone()
        assert row is not None
        asked = export("customers", "C1", record_uuid=row[0], **columns)
        try:
            return prepare(connection, exporter("customers", files=files), asked)[0].rows
        except HeldRecord as held:
            return f"{held.code}: {held}"


def test_a_customer_waits_for_an_address_that_was_rejected_where_addresses_go_with_it(shop: Drop) -> None:
    shop.of("customers").imported("c.csv", "customer_id,name\nC1,Alpha\nC12,Beta\n")
    addresses = shop.of("addresses", reject_limit_percent=100)
    addresses.imported("a.csv", f"{ADDRESSES}A1,C1,billing\nA2,C12,moon\n")
    assert customer_outcome(shop) == 1
    addresses.imported("b.csv", f"{ADDRESSES}A3,C1,moon\n")
    why = customer_outcome(shop)
    assert str(why).startswith("incomplete: One of its addresses was rejected, row 1 of b.csv: ")
    assert customer_outcome(shop, again=True) == 1
    assert customer_outcome(shop, files={"customer_data": {}}) == 1
    addresses.imported("c.csv", f"{ADDRESSES}A3,C1,shipping\n")
    assert customer_outcome(shop) == 2
