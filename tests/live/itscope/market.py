"""A market of the tests with two suppliers, and a product of ours that two of theirs are confirmed to be."""

from typing import Any

from tests.connections.itscope.server import Market
from tests.connections.itscope.server.catalogue import offer, product
from tests.dbt.building import insert
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.live import LiveSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.live.lookups import Clock, Lookups
from wiseparts_pipeline.warehouse import Warehouse

NEW = {"currencyCode": "EUR", "stockStatus": 1, "conditionId": 1}


def bearings() -> Market:
    """What suppliers say in real time differs from what they have sent before."""
    market = Market()
    market.products[7] = product(
        7,
        "Bearing",
        offer(70, 3, price=9.9, stock=400, supplierName="Acme", supplierSKU="A-1", **NEW),
        offer(71, 4, stock=5, supplierName="Nordparts", **NEW),
        offer(
            72, 5, price=1.5, stock=9, conditionId=2, **{name: NEW[name] for name in ("currencyCode", "stockStatus")}
        ),
    )
    # Whether updates tell the currency, nobody says.
    market.products[8] = product(
        8, "Bearing, the same in another box", offer(80, 3, price=12, stock=50, stockStatus=1, conditionId=1)
    )
    market.realtime = {70: {"stock": 20, "stockAvailabilityDate": "2026-12-31T23:30:00Z"}, 71: {"price": 7.25}}
    return market


def store(warehouse: Warehouse) -> None:
    """What was imported of it a while ago, and what was decided about its products."""
    kept = {"supplier_id": "3", "currency": "EUR", "condition_id": "1", "availability_code": "1"}
    with warehouse.connect() as connection:
        insert(
            connection,
            "products",
            [
                {"product_id": "P1", "sku": "B/1", "name": "Bearing", "currency": "EUR"},
                {"product_id": "P2", "name": "Seal"},
                {"product_id": "P3", "sku": "S3", "name": "Gasket"},
            ],
        )
        insert(
            connection,
            "supplier_offers",
            [
                {
                    **kept,
                    "supplier_item_id": "70",
                    "puid": "7",
                    "price": "9.9",
                    "stock": 3,
                    "order_unit": "box",
                    "price_quantity": 2,
                    "min_order_qty": 10,
                    "order_increment": 4,
                    "scale_prices": '[{"from_quantity": "5", "price": 9}]',
                    "price_updated_at": "2026-03-01 08:00+00",
                },
                # Its price has changed since.
                {
                    **kept,
                    "supplier_item_id": "80",
                    "puid": "8",
                    "price": "11",
                    "stock": 50,
                    "scale_prices": '[{"from_quantity": 5, "price": "1.00"}]',
                },
                # Steps that nobody can use.
                {
                    **kept,
                    "supplier_item_id": "81",
                    "puid": "8",
                    "price": "13",
                    "scale_prices": '{"5": "x"}',
                    "stock": 1,
                },
            ],
        )
        connection.execute(
            "insert into ops.matches (kind, theirs, ours, method, score, status, decided_by) values"
            " ('product', '7', 'P1', 'ean', 100, 'confirmed', 'rules'),"
            " ('product', '8', 'P1', 'manual', 100, 'confirmed', 'person'),"
            " ('product', '9', 'P1', 'name', 60, 'proposed', null),"
            " ('product', '9', 'P2', 'name', 70, 'proposed', null),"
            " ('product', '7', 'P3', 'name', 70, 'rejected', 'person')"
        )
        connection.execute(
            "insert into ops.pulls (pull, connection, entity, kind, began_at, status, started_at) values"
            " ('offers', 'market', 'supplier_offers', 'full', now(), 'imported', now() - interval '2 hours')"
        )


def settings(url: str, **more: Any) -> ConnectionSettings:
    given = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key", **more}
    return ConnectionSettings.model_validate({"name": "market", "system": "itscope", **given})


def lookups_at(url: str, warehouse: Warehouse, clock: Clock | None = None, **attributes: Any) -> Lookups:
    """Look-ups of the market at this address; `attributes`: of its Live component."""
    live = LiveSettings.model_validate({"connection": "market"} | attributes)
    connections = {"market": settings(url)}
    configuration = Configuration(sources={}, importers={}, connections=connections, live={"market": live})
    return Lookups(configuration, warehouse, clock)
