"""The shop, and an installation that is connected to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connections import systems
from tests.installation import Installation
from tests.pulling.shop import CONTACTS, CUSTOMERS, Shop, connect_shop, customer
from wiseparts_pipeline.warehouse import Connection, Warehouse


@pytest.fixture
def shop() -> Iterator[Shop]:
    with systems.running() as system:
        shop = Shop(system)
        shop.has(customer("C1"), customer("C2", state="blocked"), customer("C3"))
        shop.contacts = {
            "1": {"id": "1", "customer": "C1", "email": "ada@example.com"},
            "2": {"id": "2", "customer": "C2", "email": "bob@example.com"},
        }
        yield shop


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse, shop: Shop) -> Installation:
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    connect_shop(installation, shop)
    installation.component("Pull", "shop_customers", CUSTOMERS)
    installation.component("Pull", "shop_contacts", CONTACTS)
    return installation


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect(autocommit=True) as connection:
        yield connection
