"""What was imported without a run is shown in Dagster: once, and only that."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.importing.drop import Drop
from wiseparts_pipeline.orchestration.outside.sensor import outside_sensor
from wiseparts_pipeline.warehouse import Warehouse

CUSTOMERS = "customer_id,name\n"


class Outside:
    """The sensor's ticks, each with the cursor of the one before."""

    def __init__(self, drop: Drop) -> None:
        self.drop = drop
        self.cursor: str | None = None

    def tick(self) -> list[Any]:
        context = dg.build_sensor_context(cursor=self.cursor)
        result = outside_sensor(["customers"])(context)
        assert isinstance(result, dg.SensorResult)
        assert not result.run_requests
        self.cursor = result.cursor
        return list(result.asset_events)


@pytest.fixture
def outside(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    """There is a customer from before the first tick."""
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", str(warehouse.url))
    outside = Outside(Drop(tmp_path, warehouse).of("customers"))
    outside.drop.imported("1.csv", f"{CUSTOMERS}C1,Alfa\n")
    assert outside.tick() == []
    return outside


def test_an_import_without_a_run_is_told_once(outside: Outside) -> None:
    outside.drop.imported("2.csv", f"{CUSTOMERS}C2,Beta\nC3,Gamma\n")
    outside.drop.imported("3.csv", f"{CUSTOMERS}C4,Delta\n", run_id="a run, which has told itself")
    (event,) = outside.tick()
    assert event.asset_key == dg.AssetKey(["raw", "customers"])
    assert (event.metadata["files"].value, event.metadata["rows_created"].value) == (1, 2)
    assert outside.tick() == []
    assert json.loads(str(outside.cursor)) == {"customers": 3}


def test_a_pull_without_a_run_is_told_with_its_file(outside: Outside, warehouse: Warehouse) -> None:
    result = outside.drop.imported("2.csv", f"{CUSTOMERS}C2,Beta\n")
    with warehouse.connect() as connection:
        connection.execute(
            "insert into ops.pulls (pull, connection, entity, kind, status, records, file, file_id, began_at)"
            " values ('erp_customers', 'erp', 'customers', 'keys', 'imported', 1, '2.csv', %s, now())",
            [result.file.file_id],
        )
    raw, pulled = outside.tick()
    assert pulled.asset_key == dg.AssetKey(["erp", "erp_customers"])
    assert (pulled.description, raw.metadata["rows_created"].value) == ("1 records in 2.csv.", 1)


def test_what_has_no_asset_is_not_told(outside: Outside) -> None:
    outside.drop.of("products").imported("1.csv", "product_id,sku,name\nP1,S1,Filter\n")
    assert outside.tick() == []
