"""Pulls from ITscope, as the command runs them: what the market has is what is stored."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connections.itscope.server import Market, running
from tests.connections.itscope.server.catalogue import offer, product
from tests.installation import Installation
from wiseparts_pipeline.warehouse import Connection, Warehouse

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def market() -> Market:
    market = Market(
        suppliers=[
            {
                "name": "Acme GmbH",
                "city": "Bremen",
                "zip": "01067",
                "supplier": {"id": 3, "name": "Acme", "deeplink": "https://x.test/3", "customerAccountNumber": "K7"},
            }
        ],
        manufacturers=[
            {"manufacturer": {"id": 7, "name": "Maker", "shortName": "MK", "deeplink": "https://x.test/7"}},
        ],
        product_types=[{"id": 11, "name": "Bearings", "productTypeGroup": {"id": "BRG", "name": "Drive technology"}}],
    )
    for puid in range(1, 61):
        first = offer(
            puid * 10,
            3,
            price=19.9,
            priceCalc=21,
            currencyCode="EUR",
            stock=4,
            stockStatus=1,
            stockAvailabilityDate="2026-12-31T23:30:00Z",
            priceLastUpdate="2026-11-01T08:00:00+01:00",
            scaledPriceInfo=[{"supplierItemRefId": puid * 10, "scale": 10, "price": 18.5}],
            supplierPackagingInfo={"minQuantity": 2},
        )
        market.products[puid] = product(
            puid,
            f"Bearing {puid}",
            first,
            offer(puid * 10 + 1, 3, conditionId=99),
            ean="4047024000018",
            imageHighRes1="https://media.test/1.jpg",
            attribute=[{"attributeTypeName": "axle", "displayValue": "front"}],
        )
    market.products[999] = product(999, "Bearing outside", offer(9991, 3))
    return market


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse, market: Market) -> Iterator[Installation]:
    with running(market) as url:
        installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
        attributes = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key"}
        installation.component("Connection", "market", {"name": "market", "system": "itscope", **attributes})
        yield installation


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect(autocommit=True) as connection:
        yield connection


def pulled(installation: Installation, entity: str, *arguments: str, **attributes: Any) -> Any:
    installation.component("Pull", entity, {"connection": "market", "entity": entity, **attributes})
    return installation.run("pull", entity, *arguments)


def test_master_data_are_stored(installation: Installation, connection: Connection) -> None:
    for entity in ("suppliers", "manufacturers", "supplier_categories"):
        done = pulled(installation, entity)
        assert done.status == 0, done.out + done.err
    assert connection.execute(
        "select supplier_id, name, customer_account, city, postal_code from raw.suppliers"
    ).fetchall() == [("3", "Acme", "K7", "Bremen", "01067")]
    assert connection.execute("select manufacturer_id, name, short_name from raw.manufacturers").fetchall() == [
        ("7", "Maker", "MK")
    ]
    assert connection.execute("select category_id, name, group_id from raw.supplier_categories").fetchall() == [
        ("11", "Bearings", "BRG")
    ]


def test_products_and_offers_that_a_search_finds_are_stored(
    installation: Installation, connection: Connection, market: Market
) -> None:
    done = pulled(installation, "supplier_products", search={"keywords": "bearing"})
    assert done.status == 0, done.out + done.err
    assert connection.execute(
        "select count(*), min(ean), min(category_id), min(image_urls::text), min(attributes::text),"
        " min(listed_at) = '2026-01-02 03:04:05+00' from raw.supplier_products"
    ).fetchall() == [(60, "4047024000018", "11", "{https://media.test/1.jpg}", '{"axle": "front"}', True)]
    # An unknown code is stored and warned of.
    done = pulled(installation, "supplier_offers", search={"keywords": "bearing"})
    assert done.status == 0, done.out + done.err
    assert "unknown_code" in done.out + done.err
    steps = '[{"price": "18.5", "beside_price": "19.9", "from_quantity": "10"}]'
    assert connection.execute(
        """
        select count(*), trim_scale(min(price))::text, min(available_on)::text, min(scale_prices::text),
            trim_scale(min(min_order_qty))::text
        from raw.supplier_offers where condition_id = '1'
        """
    ).fetchall() == [(60, "19.9", "2027-01-01", steps, "2")]
    assert connection.execute("select count(*) from raw.supplier_offers where condition_id = '99'").fetchone() == (60,)


def test_prices_are_updated_every_hour_and_the_rest_stays(
    installation: Installation, connection: Connection, market: Market
) -> None:
    pulled(installation, "supplier_offers", ids=["1", "2", "60"])
    assert {asked.path.split("/")[-1] for asked in market.asked} == {"standard.json"}
    market.asked.clear()
    market.products[1]["supplierItem"][0]["price"] = 17.25
    del market.products[2]["supplierItem"][1]
    done = pulled(installation, "supplier_offers", ids=["1", "2", "60"])
    assert done.status == 0, done.out + done.err
    assert [asked.path for asked in market.asked] == ["/products/ids/1%2C2%2C60/standardUpdate.json"]
    rows = connection.execute(
        "select supplier_item_id, trim_scale(price)::text, scale_prices is not null from raw.supplier_offers"
        " where _deleted_at is null and condition_id = '1' order by supplier_item_id::int"
    ).fetchall()
    assert rows == [("10", "17.25", True), ("20", "19.9", True), ("600", "19.9", True)]
    # What a product no longer has is gone, and nothing else.
    gone = connection.execute("select supplier_item_id from raw.supplier_offers where _deleted_at is not null")
    assert gone.fetchall() == [("21",)]


def test_everything_is_asked_for_once_a_day(installation: Installation, market: Market) -> None:
    assert pulled(installation, "supplier_offers", ids=["1"]).status == 0
    before = len(market.asked)
    done = pulled(installation, "supplier_offers", "--full", ids=["1"])
    assert done.status == 1
    assert "everything was taken today" in done.out + done.err
    assert len(market.asked) == before


def archive(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(f"{name}.csv", text)
    return content.getvalue()


def test_exports_are_stored(installation: Installation, connection: Connection, market: Market) -> None:
    other = UUID.replace("0f", "1f")
    market.exports[UUID] = archive(product="puid\tproductName\tean\n1\tBearing 1\t4047024000018\n2\tBearing 2\t\n")
    market.exports[other] = archive(product="puid\tproductName\tean\n3\tBearing 3\t\n")
    done = pulled(installation, "supplier_products", exports=[UUID, other], deletes=True)
    assert done.status == 0, done.out + done.err
    names = connection.execute("select puid, name from raw.supplier_products order by puid").fetchall()
    assert names == [("1", "Bearing 1"), ("2", "Bearing 2"), ("3", "Bearing 3")]
    # An export may be had as often as it is made; it is all there is.
    market.exports[UUID] = archive(product="puid\tproductName\tean\n1\tBearing one\t\n2\tBearing 2\t\n")
    done = pulled(installation, "supplier_products", exports=[UUID], deletes=True)
    assert done.status == 4
    assert "send it whole" in " ".join(done.out.split())


def test_an_export_that_is_not_there_is_told(installation: Installation) -> None:
    done = pulled(installation, "supplier_products", exports=[UUID])
    assert done.status == 1
    assert "answered 404 saying: Export not found" in done.out + done.err


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"exports": [UUID], "search": {"ean": "1"}}, "search: does not go with exports"),
        ({"ids": ["1"], "full": "0 */12 * * *"}, "full: '0 */12 * * *' is more often than once a day"),
        ({"search": {"e=1;b": "x"}}, "search: 'e=1;b' is no criterion"),
        ({"exports": ["abc"]}, "exports"),
    ],
)
def test_attributes_that_do_not_fit_are_told(installation: Installation, attributes: Any, says: str) -> None:
    done = pulled(installation, "supplier_offers", **attributes)
    assert done.status == 2
    assert says in " ".join(done.err.split())


def test_matched_products_are_taken_and_others_stay(
    installation: Installation, connection: Connection, market: Market
) -> None:
    pulled(installation, "supplier_products", ids=["1", "2"])
    connection.execute("update ops.pulls set started_at = started_at - interval '1 day'")
    connection.execute(
        "insert into ops.matches (kind, theirs, ours, method, score, status, decided_by)"
        " values ('product', '3', 'P-3', 'ean', 100, 'confirmed', 'rules')"
    )
    market.asked.clear()
    done = pulled(installation, "supplier_products")
    assert done.status == 0, done.out + done.err
    assert [asked.path for asked in market.asked] == ["/products/ids/3/standard.json"]
    stored = connection.execute("select puid from raw.supplier_products where _deleted_at is null order by 1")
    assert stored.fetchall() == [("1",), ("2",), ("3",)]
