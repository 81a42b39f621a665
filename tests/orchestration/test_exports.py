"""Exports in Dagster: what imports, runs and ticks deliver, and how it is shown."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.orchestration.errors import UserFacingError
from wiseparts_pipeline.orchestration.exports.asset import export_asset
from wiseparts_pipeline.orchestration.exports.deliveries import delivery_sensors
from wiseparts_pipeline.orchestration.imports import import_asset
from wiseparts_pipeline.warehouse import Warehouse

HEADER = "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency,email"
KEY = dg.AssetKey(["exports", "erp_orders"])
CHECKS = {"nothing_held", "nothing_given_up", "collected_in_time"}


class Shop:
    """Orders come from one local folder and go to another; both are sources of a configuration."""

    def __init__(self, folder: Path, warehouse: Warehouse) -> None:
        self.inbox, self.erp, self.warehouse = folder / "shop", folder / "erp", warehouse
        for place in (self.inbox, self.erp):
            (place / "Orders").mkdir(parents=True)
        sources = {
            name: SourceSettings(name=name, protocol="local", root=str(folder / name), settle_seconds=0)
            for name in ("shop", "erp")
        }
        importer = ImporterSettings.model_validate(
            {"entity": "orders", "source": "shop", "folder": "Orders", "pattern": "*.csv"}
        )
        self.exporter = ExporterSettings.model_validate(
            {
                "entity": "orders",
                "name": "erp_orders",
                "to": "erp",
                "folder": "Orders",
                "sources": ["shop"],
                "files": {"order_data": {"columns": {"No": "order_id", "Mail": {"from": "email", "required": True}}}},
            }
        )
        self.configuration = Configuration(sources, {"orders": importer}, {"erp_orders": self.exporter})
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: str | None = None

    def ordered(self, *keys: str, mail: str = "a@example.com") -> None:
        """The shop puts a file with these orders there."""
        lines = [f"{key},1,2026-03-01 10:00:00,web,confirmed,C1,2,4.50,9.00,EUR,{mail}" for key in keys]
        (self.inbox / "Orders" / f"{'_'.join(keys)}_{mail}.csv").write_text("\n".join([HEADER, *lines, ""]))

    def imported(self, **config: Any) -> dg.ExecuteInProcessResult:
        importers = with_competitors(
            self.configuration.importers.values(),
            self.configuration.sources,
            self.configuration.exporters.values(),
        )
        asset = import_asset(ENTITIES["orders"], list(importers.values()), self.configuration)
        return dg.materialize([asset], instance=self.instance, run_config={"ops": {"raw_orders": {"config": config}}})

    def exported(self, *, raise_on_error: bool = True, **config: Any) -> dg.ExecuteInProcessResult:
        return dg.materialize(
            [export_asset(self.exporter, self.configuration)],
            instance=self.instance,
            run_config={"ops": {"exports_erp_orders": {"config": config}}},
            raise_on_error=raise_on_error,
        )

    def tick(self) -> dg.SensorResult:
        (sensor,) = delivery_sensors("erp", self.configuration)
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result

    @property
    def folders(self) -> list[Path]:
        return sorted((self.erp / "Orders").iterdir())

    def execute(self, statement: str) -> None:
        with self.warehouse.connect() as connection:
            connection.execute(statement.encode())

    def shown(self) -> list[Mapping[str, dg.MetadataValue]]:
        """The metadata of the asset's materializations, the latest first."""
        records = self.instance.fetch_materializations(KEY, limit=10).records
        return [record.asset_materialization.metadata for record in records if record.asset_materialization]


@pytest.fixture
def shop(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", warehouse.url)
    made = Shop(tmp_path, warehouse)
    with made.instance:
        yield made


def said(result: dg.SensorResult) -> dict[str, bool]:
    """What a tick reports of the checks."""
    return {
        event.check_name: event.passed for event in result.asset_events if isinstance(event, dg.AssetCheckEvaluation)
    }


def checked(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {each.check_name: each.passed for each in result.get_asset_check_evaluations()}


def break_erp(shop: Shop) -> None:
    """Its folder is not one any more."""
    shutil.rmtree(shop.erp)
    shop.erp.write_text("")


def mend_erp(shop: Shop) -> None:
    shop.erp.unlink()
    (shop.erp / "Orders").mkdir(parents=True)


def test_an_import_delivers_at_once_and_reports_a_materialization(shop: Shop) -> None:
    shop.ordered("WO-1", "WO-2")
    result = shop.imported()
    (metadata,) = shop.shown()
    evaluations = result.get_asset_check_evaluations()
    assert {each.check_name for each in evaluations if each.asset_key == KEY and each.passed} == CHECKS
    assert len(shop.folders) == 2
    assert (metadata["delivered"].value, metadata["waiting"].value, metadata["held"].value) == (2, 0, 0)
    assert 0 < float(str(metadata["slowest_seconds"].value)) < 60
    table = metadata["latest_records"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data["record"] for record in table.records] == ["WO-2", "WO-1"]
    assert {record.data["status"] for record in table.records} == {"delivered"}


def test_a_dry_run_of_an_import_delivers_nothing(shop: Shop) -> None:
    shop.ordered("WO-1")
    assert shop.imported(dry_run=True).success
    assert (shop.folders, shop.shown()) == ([], [])


def test_an_import_succeeds_although_nothing_can_be_delivered(shop: Shop) -> None:
    break_erp(shop)
    shop.ordered("WO-1")
    assert shop.imported().success
    assert shop.shown() == []


def test_a_tick_delivers_what_could_not_be_delivered_at_once(shop: Shop) -> None:
    break_erp(shop)
    shop.ordered("WO-1")
    shop.imported()
    mend_erp(shop)
    shop.execute("update ops.exports set next_attempt_at = now()")
    result = shop.tick()
    (materialization,) = [each for each in result.asset_events if isinstance(each, dg.AssetMaterialization)]
    assert materialization.asset_key == KEY
    assert materialization.metadata["delivered"].value == 1
    assert len(shop.folders) == 1
    assert said(result) == {"nothing_held": True, "nothing_given_up": True, "collected_in_time": True}


def test_a_tick_with_nothing_to_do_says_so_and_reports_nothing(shop: Shop) -> None:
    shop.ordered("WO-1")
    shop.imported()
    shop.tick()
    idle = shop.tick()
    assert list(idle.asset_events) == []
    assert idle.skip_reason is not None
    assert idle.skip_reason.skip_message == "Nothing is due."


def test_a_tick_reports_the_checks_when_they_change(shop: Shop) -> None:
    shop.tick()
    shop.ordered("WO-1", mail="")
    shop.imported()
    held = shop.tick()
    assert said(held) == {"nothing_held": False, "nothing_given_up": True, "collected_in_time": True}
    evaluations = [each for each in held.asset_events if isinstance(each, dg.AssetCheckEvaluation)]
    assert [each.description for each in evaluations if not each.passed] == [
        "WO-1: order_data, column Mail: email has no value, and the receiver needs one. Send the record again with it."
    ]
    assert said(shop.tick()) == {}
    shop.ordered("WO-1", mail="b@example.com")
    shop.imported()
    assert said(shop.tick())["nothing_held"]


def test_a_tick_fails_with_what_someone_has_to_mend(shop: Shop) -> None:
    shop.tick()
    break_erp(shop)
    shop.ordered("WO-1")
    shop.imported()
    shop.execute("update ops.exports set next_attempt_at = now()")
    with pytest.raises(UserFacingError, match="exporter erp_orders"):
        shop.tick()
    later = shop.tick().skip_reason
    assert later is not None
    assert "erp_orders: 1 waiting, tried again at " in str(later.skip_message)


def test_materialize_delivers_all_that_is_due_whatever_its_time(shop: Shop) -> None:
    break_erp(shop)
    shop.ordered("WO-1")
    shop.imported()
    mend_erp(shop)
    result = shop.exported()
    assert len(shop.folders) == 1
    assert checked(result) == {"nothing_held": True, "nothing_given_up": True, "collected_in_time": True}
    assert shop.shown()[0]["delivered"].value == 1


def test_a_run_that_delivers_nothing_leaves_no_materialization(shop: Shop) -> None:
    result = shop.exported()
    assert result.success
    assert shop.shown() == []
    assert set(checked(result)) == CHECKS


def test_a_run_fails_with_what_someone_has_to_mend(shop: Shop) -> None:
    break_erp(shop)
    shop.ordered("WO-1")
    shop.imported()
    assert not shop.exported(raise_on_error=False).success


def test_records_are_delivered_again_by_a_run_that_names_them(shop: Shop) -> None:
    shop.ordered("WO-1", "WO-2")
    shop.imported()
    shop.exported(records=["WO-1"], again=True)
    assert len(shop.folders) == 3
    assert sum(folder.name.endswith("_2") for folder in shop.folders) == 1


def test_a_dry_run_reports_what_would_be_delivered(shop: Shop) -> None:
    break_erp(shop)
    shop.ordered("WO-1")
    shop.ordered("WO-2", mail="")
    shop.imported()
    mend_erp(shop)
    shop.exported(dry_run=True)
    (record,) = shop.instance.fetch_observations(KEY, limit=10).records
    assert record.asset_observation is not None
    metadata = record.asset_observation.metadata
    assert (metadata["would_be_delivered"].value, metadata["would_not"].value) == (1, 1)
    assert shop.folders == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"since": "March"}, "since: 'March' is not a day"),
        ({"again": True}, "Name the records"),
        ({"records": ["WO-9"]}, "WO-9"),
    ],
)
def test_a_wrong_run_configuration_is_explained(shop: Shop, config: dict[str, Any], message: str) -> None:
    with pytest.raises(UserFacingError, match=message):
        shop.exported(**config)
