"""`wiseparts check` and `inspect` of a connection to ITscope."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connections.itscope.server import Account, Market, running
from tests.connections.itscope.server.catalogue import offer, product
from tests.installation import Installation
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
