"""`wiseparts check` and `inspect` of a connection to ITscope."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connections.itscope.server import Account, Market, running
from tests.connections.itscope.server.catalogue import offer, product
from tests.exporting.suppliers.ordering import BUYER
from tests.installation import Installation
from tests.opentrans import documents
from wiseparts_pipeline.warehouse import Warehouse

OFFERS = {"connection": "market", "entity": "supplier_offers", "search": {"keywords": "bearing"}}


@pytest.fixture
def market() -> Market:
    market = Market(accounts={"m1": Account("key", plan={"realtime": "no"})})
    market.products[1] = product(
        1,
        "Bearing",
        offer(10, 3, price=2, currencyCode="EUR"),
        offer(11, 4, supplierName="Nordparts"),
        offer(12, 5, price=3, currencyCode="EUR"),
        offer(13, 5, price=4),
    )
    return market


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse, market: Market) -> Iterator[Installation]:
    with running(market) as url:
        installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
        given = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key"}
        installation.component("Connection", "market", {"name": "market", "system": "itscope", **given})
        yield installation


def test_check_says_what_the_contract_allows_and_whose_prices_are_missing(installation: Installation) -> None:
    installation.component("Pull", "offers", OFFERS)
    assert installation.run("pull", "supplier_offers").status == 0
    said = " ".join(installation.run("check").out.split())
    assert "limit: 1000000, used: 3, realtime: no" in said
    assert "supplier 4 (Nordparts): none of its 1 offers has a price" in said
    assert "supplier 5 (without a name): 1 of its 2 prices come without a currency" in said
    assert "supplier 3" not in said


def test_check_warns_of_many_ids(installation: Installation) -> None:
    many = {"connection": "market", "entity": "supplier_offers", "ids": [str(number) for number in range(1, 5_002)]}
    installation.component("Pull", "offers", many)
    said = " ".join(installation.run("check").out.split())
    assert "ids: are 5,001; for more than 5,000 products, set up an export" in said


def test_check_warns_of_many_matched_products(installation: Installation, warehouse: Warehouse) -> None:
    installation.component("Pull", "offers", {"connection": "market", "entity": "supplier_offers"})
    with warehouse.connect(autocommit=True) as connection:
        connection.execute(
            "insert into ops.matches (kind, theirs, ours, method, score, status, decided_by)"
            " select 'product', id::text, 'P' || id, 'ean', 100, 'confirmed', 'rules'"
            " from generate_series(1, 5001) as id"
        )
    said = " ".join(installation.run("check").out.split())
    assert "ids: are 5,001; for more than 5,000 products, set up an export" in said


def test_a_refused_key_is_told_once(installation: Installation, market: Market) -> None:
    market.accounts["m1"] = Account("another")
    installation.component("Pull", "offers", OFFERS)
    for _ in range(2):
        done = installation.run("pull", "supplier_offers")
        assert done.status == 1
        assert "correct `account_id` and `api_key`" in " ".join((done.out + done.err).split())
    assert [asked.status for asked in market.asked] == [401]


def test_inspect_shows_the_fields(installation: Installation) -> None:
    installation.component("Pull", "offers", OFFERS)
    done = installation.run("inspect", "market", "supplier_offers")
    assert done.status == 0, done.out + done.err
    assert "conditionName" in done.out


def test_the_service_is_tried_and_a_report_printed(installation: Installation, market: Market) -> None:
    done = installation.run("check", "--live", "itscope")
    said = " ".join(done.out.split())
    assert "ok contract: limit: 1000000" in said
    assert "ok a search with a slash: nothing found with 2 requests" in said
    assert "key" not in said.replace("keyword", "")
    assert done.status == 0, done.out + done.err
    market.accounts["m1"] = Account("another")
    asked = len(market.asked)
    done = installation.run("check", "--live", "market")
    assert done.status == 1
    assert "FAILED contract: connection market: GET info/quota: answered 401" in " ".join(done.out.split())
    # Nothing more is tried with a refused key.
    assert len(market.asked) == asked + 1


def test_an_order_goes_to_the_test_supplier_and_its_documents_are_reported(
    installation: Installation, market: Market
) -> None:
    market.products[2] = product(2, "Test bearing", offer(20, 10000735, supplierSKU="123002", price=42.9))
    market.test_answers = [
        ("ORDERRESPONSE", documents.order_response()),
        ("DISPATCHNOTIFICATION", documents.dispatch_notification()),
        (
            "INVOICE",
            documents.invoice("41.15").replace(b">C62<", b">STK<").replace(b">10.50<", b">10,50<"),
        ),
    ]
    ordering = {"entity": "purchase_requisitions", "to": "market", "sources": ["wiseparts_api"], "buyer": BUYER}
    # Whatever is configured, only the test supplier gets something.
    installation.component(
        "Exporter", "ordering", {**ordering, "test": False, "accounts": {"10000735": "123456", "77": "4711"}}
    )
    done = installation.run("check", "--live", "market")
    said = " ".join(done.out.split())
    assert done.status == 0, done.out + done.err
    assert "An order of one piece goes to the test supplier 10000735" in done.err
    ((number, deal),) = market.deals.items()
    assert deal["testOrder"]
    assert f"{deal['ownOrderId']} is valid by the schema, its totals and the service, and was accepted" in said
    assert f"{number}, found by ownOrderId after 0 s" in said
    assert "ORDER: valid, our number is in CUSTOMER_ORDER_REFERENCE; ORDERRESPONSE: valid;" in said
    assert "TOTAL_AMOUNT does not add up" in said
    assert "The value 'STK' is not an element of the set" in said
    assert "PRICE_AMOUNT is not as the schema wants it" in said
    for secret in ("123456", "41.15", "10,50", "Athina", "Pireos", "m1"):
        assert secret not in said
    asked = len(market.asked)
    done = installation.run("check", "--live", "market", "--no-order", "--json")
    assert (done.status, len(market.deals)) == (0, 1)
    assert {each.method for each in market.asked[asked:]} == {"GET"}
    assert done.err == ""


def test_an_order_is_not_tried_where_nobody_says_who_orders(installation: Installation, market: Market) -> None:
    market.products[2] = product(2, "Test bearing", offer(20, 10000735, supplierSKU="123002"))
    done = installation.run("check", "--live", "market")
    assert done.status == 0, done.out + done.err
    assert "not tried: there is no exporter of purchase_requisitions with `to: market`" in " ".join(done.out.split())
    assert market.deals == {}
    assert "--no-order" in installation.run("check", "--no-order").err
