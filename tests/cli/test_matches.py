"""`wiseparts matches`: what is pulled from a marketplace is matched with our products, and written into them."""

import csv
import json
from typing import Any

import pytest

from tests.installation import Installation

EAN = "4047024000018"


@pytest.fixture
def market(installation: Installation) -> Installation:
    """Two products of ours, of which a marketplace has one by its EAN and perhaps the other by its name."""
    installation.component(
        "Connection", "market", {"name": "market", "system": "itscope", "account_id": "m1", "api_key": "k"}
    )
    columns = {"puid": "puid", "ean": "ean", "name": "name", "manufacturer_name": "maker", "description": "text"}
    pull = {"connection": "market", "entity": "supplier_products", "name": "offered", "ids": ["1"]}
    installation.component("Pull", "offered", pull | {"columns": columns})
    installation.importer("products")
    installation.put(
        "Products/products.csv",
        "product_id,sku,name,brand,barcode,description",
        f"100,A-1,Brake pad,Bosch,{EAN},",
        "200,A-2,Oil filter W712,Bosch,,",
    )
    offered = [
        {"puid": "91", "ean": EAN, "name": "Pads", "maker": "BOSCH", "text": "With sensor"},
        {"puid": "92", "ean": "", "name": "Filter oil W712", "maker": "Bosch GmbH", "text": "Long life"},
    ]
    folder = installation.folder / "home" / "pulls" / "market" / "offered"
    folder.mkdir(parents=True)
    lines = "".join(json.dumps(each) + "\n" for each in offered)
    (folder / "offered_full_20260301T000000Z_1.jsonl").write_text(lines)
    assert installation.run("import", "products", "offered").status == 0
    return installation


def listed(market: Installation, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(market.run("matches", "--json", *options).out)["matches"]
    return found


def traced(market: Installation, product: str) -> dict[str, Any]:
    (record,) = json.loads(market.run("trace", "products", product, "--json").out)["records"]
    return dict(record)


def test_an_import_matches_and_writes_into_what_is_certain(market: Installation) -> None:
    (certain,) = listed(market, "--kind", "product", "--status", "confirmed")
    written, other = traced(market, "100"), traced(market, "200")

    assert (certain["theirs"], certain["ours"], certain["method"]) == ("91", "100", "ean")
    assert (written["description"], other["description"]) == ("With sensor", None)
    assert written["written"]["description"].items() >= {"source": "market", "row_number": 1}.items()
    assert written["changed"]["file"] == "products.csv"


def test_people_decide_with_ids_or_a_list(market: Installation) -> None:
    (proposed,) = listed(market, "--kind", "product", "--status", "proposed")
    shown = market.run("matches", "--status", "proposed").out
    assert "Filter oil W712" in shown
    assert "the names only" in shown

    confirmed = market.run("matches", "confirm", proposed["match_id"])
    assert (confirmed.status, traced(market, "200")["description"]) == (0, "Long life")
    path = market.folder / "matches.csv"
    market.run("matches", "--kind", "product", "--csv", path)
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"status": "rejected" if row["ours"] == "200" else "maybe"} for row in rows)
    taken = market.run("matches", "import", path)

    assert (taken.status, taken.out.splitlines()[0]) == (3, "1 decided, 0 unchanged, 1 not taken.")
    assert "status: 'maybe' is unknown; write one of: proposed, confirmed, rejected" in taken.err
    assert [match["ours"] for match in listed(market, "--status", "rejected")] == ["200"]
    assert market.run("matches", "reject", "404").status == 1
