"""The client and the contract server: what is read is what the market has, and limits are kept."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.connections.itscope.server import Account, Market, running
from tests.connections.itscope.server.catalogue import offer, product
from tests.connections.systems import Unpaced
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.errors import Blocked, LoginRefused
from wiseparts_pipeline.connections.itscope import Client
from wiseparts_pipeline.connections.itscope.operations import DISTRIBUTORS, PRODUCTS, QUOTA


@pytest.fixture
def market() -> Market:
    market = Market(suppliers=[{"name": "Acme", "supplier": {"id": 3, "name": "Acme", "deeplink": "https://x.test/3"}}])
    for puid in range(1, 121):
        market.products[puid] = product(puid, f"Bearing {puid}", offer(puid * 10, 3, price=1.5 + puid, stock=4))
    return market


@pytest.fixture
def client(market: Market) -> Iterator[Client]:
    with running(market) as url, closing(connected(url)) as client:
        yield client


def connected(url: str, **more: Any) -> Client:
    given = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key", **more}
    return Client(ConnectionSettings(name="market", system="itscope", **given), Unpaced())


def test_every_product_is_read_once(client: Client, market: Market) -> None:
    found = list(client.search(PRODUCTS, "product", {"keywords": "bearing"}, "standard"))
    assert [int(each["puid"]) for each in found] == list(market.products)
    assert found[0]["supplierItem"][0]["price"] == "2.5"
    assert client.requests == 3


def test_products_of_many_ids_are_read(client: Client) -> None:
    found = list(client.products(map(str, range(1, 200)), "standardUpdate"))
    assert len(found) == 120
    assert client.requests == 4


def test_suppliers_are_read(client: Client) -> None:
    (company,) = client.records(DISTRIBUTORS, "company", client.json(DISTRIBUTORS, {"view": "company"}))
    assert company["supplier"]["id"] == "3"


def test_a_wrong_key_is_refused(market: Market) -> None:
    with running(market) as url, closing(connected(url, api_key="other")) as client, pytest.raises(LoginRefused):
        client.content(QUOTA)


def test_a_used_up_quota_is_told(client: Client, market: Market) -> None:
    market.accounts["m1"] = Account("key", quota=1)
    assert b"<limit>1</limit>" in (client.content(QUOTA) or b"")
    with pytest.raises(Blocked, match="Customer quota exceeded"):
        client.content(QUOTA)


def test_an_address_that_asks_too_often_is_blocked_for_half_an_hour(client: Client, market: Market) -> None:
    market.limits = ((2, 30),)
    client.content(QUOTA)
    client.content(QUOTA)
    for _ in range(2):
        with pytest.raises(Blocked, match="Number of valid requests per minute exceeded"):
            client.content(QUOTA)
        market.pass_time(minutes=29)
    market.pass_time(minutes=2)
    client.content(QUOTA)
