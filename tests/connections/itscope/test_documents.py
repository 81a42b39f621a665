"""Pulls of orders and documents from ITscope: what suppliers answered is stored, once, and kept as it came."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.connections.itscope.server import Market, running
from tests.connections.itscope.server.deals import answer
from tests.installation import Installation
from tests.opentrans import documents
from wiseparts_pipeline.connections.itscope.documents import FOLDER, keep
from wiseparts_pipeline.warehouse import Connection, Warehouse

PULLS = ("purchase_orders", "purchase_documents", "purchase_document_lines")


def deal(number: str, **more: Any) -> dict[str, Any]:
    """An order as the description has it."""
    supplier = {"id": 77, "name": "Supplier", "deeplink": "https://x.test/77"}
    return {
        "orderId": number,
        "ownOrderId": f"OWN{number}",
        "status": "SENT",
        "statusMessage": "Sent to the supplier",
        "archived": False,
        "statusDate": "2026-01-31T10:00:00Z",
        "vendor": {"name": "Supplier", "supplier": supplier},
        **more,
    }


@pytest.fixture
def market() -> Market:
    """An order with a confirmation, and one in the archive."""
    market = Market(limits=(), deals={"D-1": deal("D-1"), "D-2": deal("D-2", archived=True)})
    answer(market, "D-1", "ORDERRESPONSE", documents.order_response())
    return market


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse, market: Market) -> Iterator[Installation]:
    with running(market) as url:
        installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
        attributes = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key"}
        installation.component("Connection", "market", {"name": "market", "system": "itscope", **attributes})
        for entity in PULLS:
            installation.component("Pull", entity, {"connection": "market", "entity": entity})
        yield installation


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect(autocommit=True) as connection:
        yield connection


def pull(installation: Installation, *arguments: str, status: int = 0) -> None:
    done = installation.run("pull", *PULLS, *arguments)
    assert done.status == status, done.out + done.err


def test_orders_documents_and_lines_are_stored_and_kept_as_they_came(
    installation: Installation, connection: Connection, market: Market
) -> None:
    pull(installation)
    assert connection.execute(
        "select deal_id, own_order_id, supplier_id, status, is_archived from raw.purchase_orders order by 1"
    ).fetchall() == [("D-1", "OWND-1", "77", "SENT", False), ("D-2", "OWND-2", "77", "SENT", True)]
    row = connection.execute(
        "select deal_id, kind, order_id, supplier_order_id, delivery_from::text, net_amount, is_valid, faults,"
        " supplier_id, issued_at at time zone 'UTC', archived_as from raw.purchase_documents"
    ).fetchone()
    assert row is not None
    assert row[:9] == ("D-1", "order_response", "WP-1", "S-9", "2026-02-03", Decimal("31.50"), True, None, "77")
    assert f"{row[9]:%Y-%m-%d %H:%M:%S}" == "2026-01-31 10:31:21"
    (kept,) = (installation.folder / "home" / "pulls" / "market" / FOLDER).iterdir()
    assert row[10] == f"{FOLDER}/{kept.name}"
    assert kept.read_bytes() == documents.order_response()
    assert connection.execute(
        "select line_no, line_item_id, supplier_sku, quantity, unit_price, delivery_until::text"
        " from raw.purchase_document_lines"
    ).fetchall() == [(1, "001", "123002", 3, Decimal("10.50"), "2026-02-05")]
    assert sum("/documents/" in asked.path for asked in market.asked) == 1


def test_what_came_later_is_fetched_and_nothing_twice(
    installation: Installation, connection: Connection, market: Market
) -> None:
    pull(installation)
    answer(market, "D-1", "DISPATCHNOTIFICATION", documents.dispatch_notification())
    answer(market, "D-1", "INVOICE", documents.invoice())
    # What was invoiced is not what was credited.
    answer(market, "D-1", "INVOICE", documents.credit_note())
    market.asked.clear()
    pull(installation)
    lists = [asked.query for asked in market.asked if asked.path.endswith("purchase/deal.json")]
    assert all("lastUpdateDateFrom" in query for query in lists)
    assert sum("/documents/" in asked.path for asked in market.asked) == 3
    assert connection.execute(
        "select kind, document_no, tracking_numbers, total_amount, charges_amount"
        " from raw.purchase_documents where kind <> 'order_response' order by kind"
    ).fetchall() == [
        ("dispatch_notification", "D-5", ["1Z73"], None, None),
        ("invoice", "I-8", None, Decimal("42.15"), Decimal("3.92")),
        ("other", "I-8", None, Decimal("42.15"), Decimal("3.92")),
    ]
    assert connection.execute(
        "select serial_numbers from raw.purchase_document_lines where serial_numbers is not null"
    ).fetchall() == [(["SN-1", "SN-2"],)]
    market.asked.clear()
    pull(installation)
    assert not any("/documents/" in asked.path for asked in market.asked)


def test_a_document_that_is_not_valid_is_stored_with_what_is_wrong(
    installation: Installation, connection: Connection, market: Market
) -> None:
    wrong = documents.invoice("41.15").replace(b">C62<", b">STK<")
    answer(market, "D-1", "INVOICE", wrong, valid=False)
    answer(market, "D-2", "INVOICE", b"<html>gone</html>", valid=False)
    pull(installation)
    rows = connection.execute(
        "select deal_id, is_valid, faults, total_amount from raw.purchase_documents where kind = 'invoice'"
        " order by deal_id"
    ).fetchall()
    assert [(deal, is_valid, total) for deal, is_valid, _, total in rows] == [
        ("D-1", False, Decimal("41.15")),
        ("D-2", False, None),
    ]
    assert "ORDER_UNIT: The value 'STK' is not an element of the set" in rows[0][2]
    assert "TOTAL_AMOUNT: is 41.15, and goods, charges and taxes add up to 42.15" in rows[0][2]
    assert rows[1][2].startswith("document: is html, which is not read; read are QUOTATION, ORDER, ")


def test_quotations_are_stored(installation: Installation, connection: Connection, market: Market) -> None:
    market.documents["T-1", "QUOTATION"] = documents.quotation()
    market.quotes.append(
        {
            "quoteNo": "MAN-1",
            "lastModified": "2026-01-30T10:00:00Z",
            "documentUrl": "https://x.test/2.1/business/documents/T-1/QUOTATION.xml",
        }
    )
    pull(installation)
    assert connection.execute(
        "select document_id, document_no, deal_id, valid_until::text from raw.purchase_documents"
        " where kind = 'quotation'"
    ).fetchall() == [("T-1_quotation", "MAN-1", None, "2026-02-28")]


def test_one_order_can_be_asked_for_with_its_documents(
    installation: Installation, connection: Connection, market: Market
) -> None:
    done = installation.run("pull", "purchase_orders", "--key", "D-1")
    assert done.status == 0, done.out + done.err
    assert connection.execute("select deal_id, kind from raw.purchase_documents").fetchall() == [
        ("D-1", "order_response")
    ]


def test_settled_orders_go_to_the_archive_only_where_that_is_wanted(
    installation: Installation, connection: Connection, market: Market
) -> None:
    answer(market, "D-1", "INVOICE", documents.invoice())
    for told in (*market.deals["D-1"]["orderresponse"], *market.deals["D-1"]["invoice"]):
        told["lastUpdate"] = "2026-01-31T10:00:00Z"
    market.deals["D-3"] = deal("D-3")
    answer(market, "D-3", "INVOICE", documents.invoice())
    pull(installation, "--full")
    assert not market.deals["D-1"]["archived"]
    wanted = {"connection": "market", "entity": "purchase_orders", "archive_after": "30d"}
    installation.component("Pull", "purchase_orders", wanted)
    pull(installation, "--full")
    assert (market.deals["D-1"]["archived"], market.deals["D-3"]["archived"]) == (True, False)
    assert connection.execute("select is_archived from raw.purchase_orders where deal_id = 'D-1'").fetchall() == [
        (True,)
    ]


def test_several_pulls_may_keep_the_same_document_at_once(tmp_path: Path) -> None:
    path, content = tmp_path / "as-received" / "document.xml", documents.invoice()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: keep(path, content), range(200)))
    assert [each.name for each in path.parent.iterdir()] == ["document.xml"]
    assert path.read_bytes() == content
