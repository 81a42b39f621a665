"""Pulls from a real Vendure shop, in which customers order and staff ships, cancels and refunds."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import database
from tests.connections import installed
from tests.connections.vendure import running
from tests.connections.vendure.install import FOLDER
from tests.connections.vendure.storefront import Staff, Visitor, place
from tests.installation import Finished, Installation
from wiseparts_pipeline.warehouse import Connection, Warehouse

# 50 of them take minutes.
ORDERS = int(os.environ.get("WISEPARTS_TEST_ORDERS", "5"))
SEED = 4711
ENTITIES = {
    "orders": "shop_orders",
    "online_activity": "shop_activity",
    "customers": "shop_customers",
    "addresses": "shop_addresses",
    "products": "shop_products",
    "inventory": "shop_inventory",
}
STATUSES = {
    "PaymentAuthorized": "confirmed",
    "PaymentSettled": "confirmed",
    "ArrangingAdditionalPayment": "confirmed",
    "Shipped": "shipped",
    "Delivered": "shipped",
    "Cancelled": "cancelled",
}


@pytest.fixture(scope="session")
def url(postgres_url: str) -> Iterator[str]:
    """The shop's address."""
    installed.need(FOLDER, "python3 -m tests.connections.vendure.install")
    with database(postgres_url, template="template1") as database_url, running.shop(database_url) as url:
        yield url


@pytest.fixture
def staff(url: str) -> Iterator[Staff]:
    with Staff(url) as staff:
        yield staff


@pytest.fixture
def variants(staff: Staff) -> list[str]:
    return list(staff.variants().values())


@pytest.fixture
def installation(url: str, warehouse: Warehouse, tmp_path: Path) -> Installation:
    """One that takes everything that can be taken, as the packaged pulls have it."""
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    connect(installation, url)
    for entity, name in ENTITIES.items():
        pull = {"connection": "shop", "entity": entity, "name": name, "shrink_limit_percent": 100}
        installation.component("Pull", name, pull)
    return installation


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect(autocommit=True) as connection:
        yield connection


def connect(installation: Installation, url: str, password: str = "superadmin") -> None:
    login = {"username": "superadmin", "password": password, "allow_plaintext": True, "requests_per_second": 1000}
    installation.component("Connection", "shop", {"name": "shop", "system": "vendure", "url": url, **login})


def pull(installation: Installation, *arguments: str) -> Finished:
    done = installation.run("pull", *arguments, "--no-progress")
    assert done.status == 0, done.out + done.err
    return done


def stored(connection: Connection) -> dict[str, dict[str, Any]]:
    """By order, its status and its amounts in cents."""
    rows = connection.execute(
        """
        select order_id, min(status), count(distinct status), sum(net_amount) * 100, sum(shipping_amount) * 100,
            sum(net_amount + shipping_amount + tax_amount) * 100
        from raw.orders where _deleted_at is null group by order_id
        """
    ).fetchall()
    assert all(row[2] == 1 for row in rows)
    return {row[0]: {"status": row[1], "amounts": row[3:]} for row in rows}


def assert_all_arrived(connection: Connection, staff: Staff) -> None:
    """What is stored is what the shop has; what was cancelled has the amounts that it had."""
    ours, theirs = stored(connection), staff.orders()
    assert set(ours) == {code for code, order in theirs.items() if order["state"] in STATUSES}
    for code, order in theirs.items():
        if order["state"] != "Cancelled" and code in ours:
            amounts = tuple(Decimal(order[name]) for name in ("subTotal", "shipping", "totalWithTax"))
            assert ours[code] == {"status": STATUSES[order["state"]], "amounts": amounts}, order
        elif code in ours:
            was_sent = any(each["state"] in ("Shipped", "Delivered") for each in order["fulfillments"])
            assert ours[code]["status"] == ("returned" if was_sent else "cancelled")
            assert ours[code]["amounts"][0] > 0


def work_on(staff: Staff, code: str, number: int) -> None:
    """What the staff does with an order: one of each five the same."""
    match number % 5:
        case 0:
            staff.cancel(code)
        case 1:
            staff.fulfil(code)
        case 2:
            staff.fulfil(code, "Delivered")
            staff.refund(code, 100)
        case 3:
            staff.fulfil(code)
            staff.cancel(code)


def trade(url: str, variants: list[str], count: int) -> None:
    """Customers order, one after the other, and the staff works on it."""
    with Staff(url) as staff:
        for number in range(count):
            bought = {variants[number % 10]: 1 + number % 3, variants[(number + 3) % 10]: 2}
            method = "authorized" if number % 7 == 6 else "card"
            order = place(url, bought, f"buyer{number % 4}@example.org", method)
            if method == "card":
                work_on(staff, order["code"], number)


def test_every_state_reaches_us_while_people_buy(
    installation: Installation, url: str, staff: Staff, variants: list[str], connection: Connection
) -> None:
    pull(installation)
    with ThreadPoolExecutor() as threads:
        trading = threads.submit(trade, url, variants, ORDERS)
        while not trading.done():
            pull(installation, "shop_orders", "shop_activity")
        trading.result()
    pull(installation, "shop_orders", "shop_activity")

    assert_all_arrived(connection, staff)
    kinds = connection.execute(
        "select kind, count(distinct order_id) from raw.online_activity group by kind"
    ).fetchall()
    placed = len(staff.orders())
    assert {kind: count >= placed for kind, count in kinds} == {"cart": True, "checkout": True, "purchase": True}
    assert dict(kinds)["purchase"] == placed
    full = connection.execute("select count(*) from ops.pulls where pull = 'shop_orders' and kind = 'full'").fetchone()
    assert full is not None
    assert full[0] <= 1


def test_nothing_is_lost_when_pulls_are_killed(
    installation: Installation, url: str, staff: Staff, variants: list[str], connection: Connection
) -> None:
    pull(installation, "shop_orders")
    moments = random.Random(SEED)
    command = [str(Path(sys.executable).with_name("wiseparts")), "pull", "shop_orders", "--no-progress"]
    with ThreadPoolExecutor() as threads:
        trading = threads.submit(trade, url, variants, ORDERS)
        while not trading.done():
            with subprocess.Popen(
                command, env=installation.environment, cwd=installation.folder, stdout=subprocess.DEVNULL
            ) as process:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(moments.uniform(0.5, 6))
                process.kill()
        trading.result()
    pull(installation, "shop_orders")

    assert_all_arrived(connection, staff)


def test_discounts_surcharges_and_changes_are_in_the_amounts(
    installation: Installation, url: str, staff: Staff, variants: list[str], connection: Connection
) -> None:
    staff.ask(
        "mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { ... on Promotion { id } ... on ErrorResult"
        " { errorCode message } } }",
        i={
            "enabled": True,
            "couponCode": "TENTH",
            "translations": [{"languageCode": "en", "name": "a tenth off"}],
            "conditions": [],
            "actions": [
                {"code": "order_percentage_discount", "arguments": [{"name": "discount", "value": "10"}]},
            ],
        },
    )
    with Visitor(url) as visitor:
        visitor.add(variants[0], 3)
        visitor.add(variants[1])
        visitor.apply_coupon("TENTH")
        visitor.check_out("discount@example.org")
        discounted = visitor.pay()["code"]
    changed = place(url, {variants[0]: 1, variants[1]: 3}, "changed@example.org")["code"]
    first, second = staff.lines(changed)
    fee = {"description": "Fee", "sku": "FEE", "price": 333, "priceIncludesTax": False}
    staff.modify(
        changed,
        adjustOrderLines=[{**first, "quantity": 0}, {**second, "quantity": 4}],
        addItems=[{"productVariantId": variants[2], "quantity": 1}],
        surcharges=[{**fee, "taxRate": 24, "taxDescription": "VAT"}],
    )
    staff.move(changed, "ArrangingAdditionalPayment")

    pull(installation, "shop_orders")

    assert_all_arrived(connection, staff)
    lines = connection.execute(
        "select sku, quantity, net_amount from raw.orders where order_id = %s order by line_no", [changed]
    ).fetchall()
    assert [line[0] for line in lines] == ["BP-1001", "BP-1002", "BP-1003", "FEE"]
    assert lines[0][1:] == (0, 0)
    assert lines[3][1:] == (1, Decimal("3.33"))
    discount = connection.execute(
        "select sum(quantity * unit_price - net_amount) from raw.orders where order_id = %s", [discounted]
    ).fetchone()
    assert discount == (Decimal("16.46"),)


def test_orders_of_another_channel_have_its_currency_and_no_tax_in_their_prices(
    installation: Installation, url: str, staff: Staff, variants: list[str], connection: Connection
) -> None:
    staff.open_channel("retail", "EUR")
    kept, cancelled = (
        place(url, {variants[0]: 3, variants[1]: 7}, f"{name}@example.org", channel="retail")["code"]
        for name in ("kept", "cancelled")
    )
    of_kept = staff.order(kept)
    staff.cancel(cancelled)

    pull(installation, "shop_orders", "shop_products")

    assert_all_arrived(connection, staff)
    amounts = (
        "select currency, sum(net_amount), sum(shipping_amount), sum(net_amount + shipping_amount + tax_amount),"
        " min(status) from raw.orders where order_id = %s group by 1"
    )
    total = Decimal(of_kept["totalWithTax"]) / 100
    net, shipping = (Decimal(of_kept[name]) / 100 for name in ("subTotal", "shipping"))
    assert connection.execute(amounts, [kept]).fetchone() == ("EUR", net, shipping, total, "confirmed")
    # A cancelled one as it was placed, but for the shipping.
    gross = Decimal(sum(line["proratedLinePriceWithTax"] for line in of_kept["lines"])) / 100
    assert connection.execute(amounts, [cancelled]).fetchone() == ("EUR", net, 0, gross, "cancelled")
    prices = connection.execute("select sku, list_price, currency from raw.products order by sku limit 1").fetchall()
    assert prices == [("BP-1001", Decimal("40.90"), "USD")]


def test_an_api_key_is_as_good_as_a_user(
    installation: Installation, url: str, staff: Staff, connection: Connection
) -> None:
    key = staff.api_key()
    login = {"name": "shop", "system": "vendure", "url": url, "allow_plaintext": True, "requests_per_second": 1000}
    installation.component("Connection", "shop", login | {"api_key": key})
    pull(installation, "shop_products")
    assert connection.execute("select count(*) from raw.products").fetchone() == (10,)
    assert installation.run("check").status == 0

    installation.component("Connection", "shop", login | {"api_key": key[::-1]})
    done = installation.run("pull", "shop_products", "--no-progress")
    assert done.status == 1
    assert "FORBIDDEN: Vendure does not know the key; correct `api_key`" in done.err
    assert key[::-1] not in done.out + done.err


def test_an_order_in_a_state_of_the_shops_own_is_rejected_until_it_is_mapped(
    installation: Installation, url: str, staff: Staff, variants: list[str], connection: Connection
) -> None:
    code = place(url, {variants[4]: 1}, "hold@example.org")["code"]
    staff.move(code, "OnHold")

    assert installation.run("pull", "shop_orders", "--no-progress").status == 3
    (file_id,) = connection.execute("select max(file_id) from ops.pulls").fetchone() or (None,)
    assert "OnHold" in installation.run("errors", file_id).out

    columns = {"status": {"from": "state", "map": {**STATUSES, "OnHold": "confirmed"}}}
    installation.component(
        "Pull", "shop_orders", {"connection": "shop", "entity": "orders", "name": "shop_orders", "columns": columns}
    )
    pull(installation, "shop_orders", "--key", code)
    assert stored(connection)[code]["status"] == "confirmed"
    staff.move(code, "PaymentSettled")


def test_a_customer_that_was_deleted_is_found_by_a_full_pull(
    installation: Installation, url: str, staff: Staff, variants: list[str], connection: Connection
) -> None:
    place(url, {variants[0]: 1}, "gone@example.org")
    pull(installation, "shop_customers", "shop_addresses")
    (gone,) = staff.ask('{ customers(options: {filter: {emailAddress: {eq: "gone@example.org"}}}) { items { id } } }')[
        "items"
    ]

    staff.ask("mutation($i: ID!) { deleteCustomer(id: $i) { result } }", i=gone["id"])
    pull(installation, "shop_customers")
    pull(installation, "shop_customers", "--full")

    deleted = connection.execute("select customer_id from raw.customers where _deleted_at is not null").fetchall()
    assert deleted == [("gone@example.org",)]


def test_stock_and_products_are_those_of_the_shop(
    installation: Installation, staff: Staff, connection: Connection
) -> None:
    pull(installation, "shop_products", "shop_inventory")

    products = connection.execute(
        "select sku, name, brand, list_price, status from raw.products order by sku"
    ).fetchall()
    assert products[0] == ("BP-1001", "Brake pad set 1", "Textar", Decimal("40.90"), "active")
    levels = staff.ask("{ productVariants { items { sku stockLevels { stockOnHand stockAllocated } } } }")["items"]
    stock = connection.execute("select sku, quantity_available from raw.inventory").fetchall()
    assert dict(stock) == {
        each["sku"]: each["stockLevels"][0]["stockOnHand"] - each["stockLevels"][0]["stockAllocated"] for each in levels
    }


def test_one_customer_is_refreshed_with_the_addresses(
    installation: Installation, url: str, variants: list[str], connection: Connection
) -> None:
    place(url, {variants[0]: 1}, "single@example.org")

    pull(installation, "shop_customers", "--key", "single@example.org")

    assert connection.execute("select customer_id from raw.customers").fetchall() == [("single@example.org",)]
    assert connection.execute("select customer_id, city, kind from raw.addresses").fetchall() == [
        ("single@example.org", "Athens", "shipping")
    ]


def test_a_pull_with_nothing_new_needs_three_requests_at_most(
    installation: Installation, url: str, variants: list[str], connection: Connection
) -> None:
    place(url, {variants[0]: 1}, "again@example.org")
    pull(installation)
    pull(installation)

    requests = connection.execute(
        "select pull, requests from ops.pulls order by pull_id desc limit %s", [len(ENTITIES)]
    ).fetchall()
    # And one for all of them, to log in.
    assert {pull for pull, count in requests if count > 2} == set()


def test_a_wrong_password_is_refused_and_not_shown(installation: Installation, url: str) -> None:
    connect(installation, url, "not this one")

    done = installation.run("pull", "shop_orders", "--no-progress", "--json")

    assert done.status == 1
    assert "INVALID_CREDENTIALS_ERROR" in done.out + done.err
    assert "not this one" not in done.out + done.err


def test_check_says_which_permission_the_user_has_not(installation: Installation, url: str, staff: Staff) -> None:
    channel = staff.ask("{ activeChannel { id } }")["id"]
    role = {"code": "clerk", "description": "", "permissions": ["ReadCustomer"], "channelIds": [channel]}
    made = staff.ask("mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }", i=role)
    clerk = {"firstName": "A", "lastName": "B", "emailAddress": "clerk@example.org", "password": "for tests only"}
    staff.ask(
        "mutation($i: CreateAdministratorInput!) { createAdministrator(input: $i) { id } }",
        i={**clerk, "roleIds": [made["id"]]},
    )
    login = {"username": "clerk@example.org", "password": "for tests only", "allow_plaintext": True}
    installation.component("Connection", "shop", {"name": "shop", "system": "vendure", "url": url, **login})

    told = json.dumps(json.loads(installation.run("check", "--json").out))
    assert "give its role in Vendure the permission ReadOrder" in told
    done = installation.run("pull", "shop_orders", "--no-progress")
    assert "FORBIDDEN" in done.out + done.err
