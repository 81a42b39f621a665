"""`wiseparts lookup`: what is stored, what is given while the system is down, what is unknown, what is wrong usage."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.installation import Finished, Installation
from tests.live.imported import import_a_little
from tests.live.itscope.market import store
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def imported(installation: Installation, nobody: str) -> Installation:
    """An installation that has imported a little of everything, and whose ERP does not answer."""
    import_a_little(installation)
    login = {"username": "reader", "password": "s3cret", "allow_plaintext": True, "database": "erp"}
    installation.component("Connection", "erp", {"name": "erp", "system": "tryton", "url": nobody} | login)
    installation.component("Live", "live", {"connection": "erp", "stored": {"financials": "26h"}})
    return installation


def _data(installation: Installation, *arguments: str) -> Any:
    done = installation.run("lookup", *arguments, "--stored", "--json")
    assert done.status == 3, done.err
    document = json.loads(done.out)
    assert (document["source"], document["connection"]) == ("stored", None)
    return document["data"]


def _failed(installation: Installation, *arguments: str) -> Finished:
    done = installation.run("lookup", *arguments)
    assert done.out == ""
    assert "s3cret" not in done.err
    return done


def test_what_is_stored_is_told_with_its_age(imported: Installation) -> None:
    assert _data(imported, "customer", "C1")["name"] == "Garage One"
    credit = _data(imported, "financials", "C1")
    assert (credit["balance"], credit["overdue"], credit["payment_status"]) == ("50.25", "60.50", "overdue")
    # What is ordered and not invoiced is not known, so neither is what is left.
    assert (credit["committed"], credit["available_credit"]) == (None, None)
    invoices = _data(imported, "invoices", "--customer", "C1")["items"]
    assert [(each["invoice_id"], each["open_amount"], each["state"]) for each in invoices] == [
        ("I2", "0.00", "paid"),
        ("I1", "60.50", "part_paid"),
    ]
    (line,) = _data(imported, "invoices", "I1")["lines"]
    assert (line["sku"], line["quantity"], line["order_id"]) == ("S1", "2", "O1")
    orders = _data(imported, "orders", "--customer", "C1", "--state", "open")["items"]
    assert [(each["order_id"], each["gross_amount"]) for each in orders] == [("O2", None)]
    assert _data(imported, "orders", "O1")["invoices"] == ["I1", "I2"]
    routes = _data(imported, "routes", "--customer", "C1")["items"]
    assert [each["route_id"] for each in routes] == ["R7"]


def test_while_the_system_is_down_only_what_is_allowed_is_given(imported: Installation) -> None:
    done = imported.run("lookup", "financials", "C1")
    assert done.status == 3
    assert "stored in the database, as of" in done.out
    refused = _failed(imported, "customer", "C1")
    assert refused.status == 1
    assert "no connection to 127.0.0.1" in refused.err


def test_offers_are_told_with_why_they_are_stored(
    installation: Installation, warehouse: Warehouse, nobody: str
) -> None:
    store(warehouse)
    login = {"base_url": nobody, "allow_plaintext": True, "account_id": "m1", "api_key": "s3cret"}
    installation.component("Connection", "market", {"name": "market", "system": "itscope"} | login)
    installation.component("Live", "live", {"connection": "market", "stored": {"offers": "26h"}})
    done = installation.run("lookup", "offers", "B/1", "--quantity", "10", "--json")
    document = json.loads(done.out)
    assert (done.status, document["source"], document["data"]["best"]) == (3, "stored", "80")
    assert "no connection to 127.0.0.1" in document["reason"]
    assert document["reason"] in " ".join(done.err.split())
    table = installation.run("lookup", "offers", "B/1", "--stored")
    assert (table.status, table.err) == (3, "")
    assert "Best: 70" in table.out
    unmatched = _failed(installation, "offers", "P2")
    assert (unmatched.status, "wiseparts matches" in unmatched.err) == (4, True)


def test_stock_is_given_from_the_database_only_where_that_is_configured(imported: Installation) -> None:
    refused = _failed(imported, "products", "S1", "--stored")
    assert (refused.status, "`stored` of the Live component" in refused.err) == (1, True)
    imported.component("Live", "live", {"connection": "erp", "stored": {"products": "1h"}})
    (product,) = _data(imported, "products", "S1", "--quantity", "5")["items"]
    assert (product["price"], product["list_price"]) == (None, "55.00")
    assert [(each["warehouse_id"], each["free"]) for each in product["stock"]] == [("MAIN", "2")]
    assert product["delivery"] == {"on": "2999-01-01", "basis": "incoming"}


def test_what_is_not_there_is_unknown(imported: Installation) -> None:
    for arguments in (("customer", "C9"), ("invoices", "I9"), ("orders", "O9"), ("orders", "--customer", "C9")):
        unknown = _failed(imported, *arguments, "--stored")
        assert (unknown.status, "There is no" in unknown.err) == (4, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("customer",), "needs the key"),
        (("customer", "C1", "C2"), "takes 1 at most"),
        (("customer", "C1", "--quantity", "3"), "does not go with customer"),
        (("invoices",), "either the number of one of the invoices, or --customer"),
        (("invoices", "--customer", "C1", "--state", "closed"), "is one of open, part_paid, paid, credited"),
        (("invoices", "--customer", "C1", "--from", "yesterday"), "no day like 2026-01-31"),
        (("products", "S1", "--quantity", "many"), "no quantity like 10 or 2.5"),
        (("offers", "S1", "--quantity", "1e30"), "no quantity like 10 or 2.5"),
        (("products", "S1", "--fresh", "--stored"), "does not go with --fresh"),
        (("offers", "S1", "--customer", "C1"), "does not go with offers"),
        (("weather",), "is not one of"),
    ],
)
def test_wrong_usage_says_what_was_expected(tmp_path: Any, arguments: tuple[str, ...], said: str) -> None:
    done = _failed(Installation(tmp_path), *arguments)
    assert done.status == 2
    assert said in " ".join(done.err.split())
