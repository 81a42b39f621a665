"""What a marketplace may write into our products: by policy, who wrote last, and whether that was empty."""

from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row

from tests.importing.drop import Drop, csv
from tests.matching.records import put
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.importing.ledger.changes import current_versions, note_changes
from wiseparts_pipeline.matching.overwriting import write_over
from wiseparts_pipeline.warehouse import Connection, Warehouse

# By what has happened: what the ERP says at first, then, and last; and what is there in the end, by policy.
HISTORIES: dict[str, tuple[tuple[str, str, str], dict[str, str | None]]] = {
    "empty": (("", "", ""), {"empty_only": "new", "always": "new", "never": None}),
    "of the ERP": (("erp", "erp", "erp"), {"empty_only": "erp", "always": "new", "never": "erp"}),
    "written then changed": (("", "erp", "erp"), {"empty_only": "erp", "always": "erp", "never": "erp"}),
    "written over then changed": (("1", "2", "2"), {"empty_only": "2", "always": "2", "never": "2"}),
    "changed then emptied": (("", "erp", ""), {"empty_only": "new", "always": "new", "never": None}),
}


@pytest.fixture
def products(warehouse: Warehouse, tmp_path: Path) -> Drop:
    (tmp_path / "drop").mkdir()
    return Drop(tmp_path / "drop", warehouse).of("products")


def erp_says(products: Drop, number: int) -> None:
    """Imports a list of products of which each has changed, if only its name."""
    rows = [f"{history},{history},{number},{said[number]},7.5,EUR" for history, (said, _) in HISTORIES.items()]
    products.imported(f"{number}.csv", csv("product_id,sku,name,description,list_price,currency", rows))


def market_has(connection: Connection, warehouse: Warehouse, text: str, **overwrite: str) -> dict[str, int]:
    with connection.transaction():
        connection.execute("update raw.supplier_products set description = %s, list_price = 9", [text])
        note_changes(connection, 1, ["supplier_products"])
    return write_over(warehouse, pulled(**overwrite))


def pulled(**overwrite: str) -> Configuration:
    settings = {"connection": "market", "entity": "supplier_products", "overwrite": overwrite}
    pull = PullSettings.model_validate(settings)
    return Configuration({}, {}, pulls={pull.name: pull})


def match_all(connection: Connection) -> None:
    put(connection, "supplier_products", "puid currency", [(history, "EUR") for history in HISTORIES])
    connection.execute(
        """
        insert into ops.matches (kind, theirs, ours, method, score, status, decided_by)
        select 'product', puid, puid, 'manual', 100, 'confirmed', 'person' from raw.supplier_products
        """
    )


def stored(connection: Connection) -> dict[str, dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows: list[dict[str, Any]] = cursor.execute("select * from raw.products").fetchall()
    return {row["product_id"]: row for row in rows}


@pytest.mark.parametrize("policy", ["empty_only", "always", "never"])
def test_who_wrote_last_decides(products: Drop, connection: Connection, policy: str) -> None:
    erp_says(products, 0)
    match_all(connection)
    market_has(connection, products.warehouse, "old", description=policy)
    erp_says(products, 1)
    market_has(connection, products.warehouse, "newer", description=policy)
    erp_says(products, 2)
    market_has(connection, products.warehouse, "new", description=policy)

    assert {history: row["description"] for history, row in stored(connection).items()} == {
        history: expected[policy] for history, (_, expected) in HISTORIES.items()
    }


def test_what_was_written_stays_while_a_file_says_the_same_as_before(products: Drop, connection: Connection) -> None:
    erp_says(products, 0)
    match_all(connection)
    market_has(connection, products.warehouse, "old", description="always")
    erp_says(products, 2)

    now = {history: (row["description"], row["name"]) for history, row in stored(connection).items()}
    assert now["empty"] == ("old", "2")
    assert now["of the ERP"] == ("old", "2")
    assert now["written then changed"] == ("erp", "2")


def test_nothing_else_changes_and_nothing_twice(products: Drop, connection: Connection) -> None:
    erp_says(products, 0)
    match_all(connection)
    before = stored(connection)
    written = market_has(connection, products.warehouse, "new")
    after, versions = stored(connection), current_versions(connection)

    assert written == {"description": 3}
    for history, row in after.items():
        changed = {name for name in row if row[name] != before[history][name]}
        assert changed == (set() if before[history]["description"] else {"description", "_updated_at"})
    assert write_over(products.warehouse, pulled()) == {}
    assert market_has(connection, products.warehouse, "new") == {}
    assert stored(connection) == after
    assert current_versions(connection)["products"] == versions["products"]


def test_each_value_has_its_origin(products: Drop, connection: Connection) -> None:
    erp_says(products, 0)
    match_all(connection)
    market_has(connection, products.warehouse, "new")
    query = "select column_name, source, file_id, row_number from ops.column_origins order by row_number"

    assert connection.execute(query).fetchall() == [
        ("description", "market", 1, number) for number, (said, _) in enumerate(HISTORIES.values(), 2) if not said[0]
    ]


def test_a_price_of_another_currency_is_not_written(products: Drop, connection: Connection) -> None:
    erp_says(products, 0)
    match_all(connection)
    connection.execute("update raw.supplier_products set currency = 'CHF' where puid <> 'empty'")
    market_has(connection, products.warehouse, "new", list_price="always")

    assert {history for history, row in stored(connection).items() if row["list_price"] == 9} == {"empty"}


def test_only_columns_that_the_marketplace_has_can_be_written() -> None:
    with pytest.raises(ValueError, match="'status' cannot be written; allowed: description, media_urls"):
        pulled(status="always")
