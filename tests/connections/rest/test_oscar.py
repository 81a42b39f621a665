"""A real shop that there is no module for, connected by the YAML of docs/connections.md."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import yaml

from tests.connections import installed
from tests.connections.rest.oscar import running
from tests.connections.rest.oscar.install import FOLDER
from tests.installation import Finished, Installation
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.warehouse import Warehouse

PAGE = (PROJECT / "docs" / "connections.md").read_text(encoding="utf-8")
# As tests/connections/rest/oscar/shop/fill.py has it.
PASSWORD = "for tests only"


@pytest.fixture(scope="session")
def oscar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shop's address."""
    installed.need(FOLDER, "python3 -m tests.connections.rest.oscar.install")
    with running.shop(tmp_path_factory.mktemp("oscar")) as url:
        yield url


@pytest.fixture
def installation(oscar: str, warehouse: Warehouse, tmp_path: Path) -> Installation:
    """An installation with the page's YAML, one file each."""
    for position, block in enumerate(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)):
        document = yaml.load(block, yaml.BaseLoader)
        if document["type"].endswith("Connection"):
            document["attributes"] |= {"allow_plaintext": "true", "requests_per_second": "1000"}
        folder = tmp_path / "defs" / str(position)
        folder.mkdir(parents=True)
        (folder / "defs.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    shop = {"SHOP_URL": oscar, "SHOP_USER": "reader", "SHOP_PASSWORD": PASSWORD}
    return Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url, **shop})


def pull(installation: Installation, *arguments: object, **variables: str) -> Finished:
    """What `wiseparts pull` prints does not have the password."""
    done = installation.run("pull", *arguments, "--no-progress", **variables)
    assert PASSWORD not in done.out + done.err
    return done


def test_products_customers_and_orders_arrive(installation: Installation, warehouse: Warehouse) -> None:
    done = pull(installation)
    assert done.status == 0, done.out + done.err
    with psycopg.connect(warehouse.url) as connection:
        products = connection.execute(
            "select sku, name, list_price, currency from raw.products order by sku"
        ).fetchall()
        customers = connection.execute("select name, email from raw.customers order by name").fetchall()
        lines = connection.execute(
            """
            select order_id, line_no, channel, orders.status, customers.name, sku, quantity, unit_price, net_amount
            from raw.orders as orders inner join raw.customers as customers using (customer_id)
            order by order_id, line_no
            """
        ).fetchall()
    assert products == [
        ("BP-0986", "Brake pad set", Decimal("48.90"), "EUR"),
        ("OF-1042", "Oil filter", Decimal("7.35"), "EUR"),
        ("WB-550", "Wiper blade", Decimal("12.00"), "EUR"),
    ]
    assert customers == [(name, f"{name}@shop.example") for name in ("ann", "bob", "nobody", "reader")]
    assert lines == [
        ("100001", 1, "web", "confirmed", "ann", "BP-0986", 2, Decimal("48.90"), Decimal("97.80")),
        ("100001", 2, "web", "confirmed", "ann", "OF-1042", 1, Decimal("7.35"), Decimal("7.35")),
        ("100002", 1, "web", "confirmed", "bob", "WB-550", 3, Decimal("12.00"), Decimal("36.00")),
        ("100003", 1, "web", "confirmed", "ann", "OF-1042", 10, Decimal("7.35"), Decimal("73.50")),
    ]


def test_one_product_can_be_asked_for(installation: Installation, warehouse: Warehouse) -> None:
    done = pull(installation, "products", "--key", "2")
    assert done.status == 0, done.out + done.err
    with psycopg.connect(warehouse.url) as connection:
        assert connection.execute("select sku from raw.products").fetchall() == [("OF-1042",)]


def test_a_user_without_rights_is_told(installation: Installation) -> None:
    done = pull(installation, "orders", SHOP_USER="nobody")
    assert done.status == 1
    assert "GET /api/admin/orders/: answered 403 saying: You do not have permission" in done.err
    assert "give the connection's user the right in the system" in done.err


def test_a_wrong_password_is_told_and_not_tried_again(installation: Installation) -> None:
    for _ in range(2):
        done = pull(installation, "orders", SHOP_PASSWORD="a wrong one")
        assert done.status == 1
        assert "answered 401 saying: Invalid username/password." in done.err
        assert "a wrong one" not in done.out + done.err
    assert "It is not tried again" in done.err
