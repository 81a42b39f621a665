"""The code location, from a folder of defs.yaml files."""

import shutil
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest
import yaml

from tests.measuring import unmeasured_environment
from wiseparts_pipeline.components import Exporter, FileImporter, FileSource
from wiseparts_pipeline.dbt.day import set_sample_day
from wiseparts_pipeline.definitions import definitions
from wiseparts_pipeline.home import PACKAGE, PROJECT
from wiseparts_pipeline.orchestration.errors import UserFacingError
from wiseparts_pipeline.warehouse import Warehouse

SOURCE = """
type: wiseparts_pipeline.components.FileSource
attributes: {name: shop, protocol: local, root: /srv/shop}
"""
IMPORTER = """
type: wiseparts_pipeline.components.FileImporter
attributes: {entity: sales, name: %s, source: shop, folder: Out/Sales, pattern: "%s*.csv", schedule: "0 6 * * *"}
"""

EXPORTERS = """
type: wiseparts_pipeline.components.FileSource
attributes: {name: erp, protocol: local, root: /srv/erp}
---
type: wiseparts_pipeline.components.Exporter
attributes: {entity: customers, name: erp_customers, to: erp, folder: New/Customers, sources: shop}
---
type: wiseparts_pipeline.components.Exporter
attributes: {entity: orders, name: erp_orders, to: erp, folder: New/Orders, sources: shop, after: erp_customers}
"""


@pytest.fixture
def defs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dbt_target: Path) -> Path:
    """A folder of defs.yaml files in place of the packaged one."""
    folder = tmp_path / "defs"
    folder.mkdir()
    monkeypatch.setenv("WISEPARTS_HOME", str(dbt_target))
    monkeypatch.setenv("WISEPARTS_DEFS", str(folder))
    return folder


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir()
    (folder / name / "defs.yaml").write_text(text)


def loaded() -> dg.RepositoryDefinition:
    return definitions().get_repository_def()


def test_importers_of_one_entity_share_an_asset_and_have_a_job_and_a_schedule_each(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "web", IMPORTER % ("web_sales", "WEB"))
    write(defs, "till", IMPORTER % ("till_sales", "TILL"))
    repository = loaded()
    assert {job.name for job in repository.get_all_jobs()} >= {"import_web_sales", "import_till_sales"}
    assert {schedule.name for schedule in repository.schedule_defs} >= {"web_sales_schedule", "till_sales_schedule"}
    raw = repository.asset_graph.get(dg.AssetKey(["raw", "sales"]))
    assert raw.parent_keys == {dg.AssetKey(["shop", "Out", "Sales"])}
    assert raw.pools == {"raw_sales"}


def test_an_exporter_has_an_asset_behind_its_table_a_job_and_a_sensor_of_the_source(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "exports", EXPORTERS)
    repository = loaded()
    orders = repository.asset_graph.get(dg.AssetKey(["exports", "erp_orders"]))
    assert {key.to_user_string() for key in orders.parent_keys} == {"raw/orders", "exports/erp_customers"}
    assert {key.name for key in repository.asset_graph.asset_check_keys if key.asset_key == orders.key} == {
        "nothing_held",
        "nothing_given_up",
        "collected_in_time",
    }
    assert {job.name for job in repository.get_all_jobs()} >= {"export_erp_orders", "export_erp_customers"}
    sensor = repository.get_sensor_def("deliver_erp")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert not any(each.name == "deliver_shop" for each in repository.sensor_defs)


def test_a_file_may_describe_several_components(defs: Path) -> None:
    (defs / "defs.yaml").write_text("---".join([SOURCE, IMPORTER % ("sales", "SALES")]))
    assert loaded().has_job("import_sales")


def test_definitions_are_loaded_again_only_after_a_change(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "sales", IMPORTER % ("sales", "SALES"))
    first, same = definitions(), definitions()
    write(defs, "web", IMPORTER % ("web_sales", "WEB"))
    assert same is first
    assert loaded().has_job("import_web_sales")


def test_the_marts_exist_whatever_is_imported(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "sales", IMPORTER % ("sales", "SALES"))
    assert dg.AssetKey(["marts", "call_center_daily"]) in loaded().asset_graph.get_all_asset_keys()


def test_lineage_leads_from_the_folder_to_the_mart(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "sales", IMPORTER % ("sales", "SALES"))
    graph = loaded().asset_graph
    lineage = ["marts/fct_sales", "staging/stg_sales", "raw/sales", "shop/Out/Sales"]
    keys = [dg.AssetKey.from_user_string(key) for key in lineage]
    assert all(parent in graph.get(child).parent_keys for child, parent in pairwise(keys))


def test_seeds_and_snapshots_are_assets_beside_the_layers(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "sales", IMPORTER % ("sales", "SALES"))
    graph = loaded().asset_graph
    dates, holidays = dg.AssetKey(["marts", "dim_dates"]), dg.AssetKey(["intermediate", "public_holidays"])
    history, snapshot = dg.AssetKey(["marts", "dim_customers_history"]), dg.AssetKey(["snapshots", "snap_customers"])
    assert [graph.get(key).group_name for key in (dates, holidays, snapshot)] == ["marts", "seeds", "snapshots"]
    assert holidays in graph.get(dates).parent_keys
    assert snapshot in graph.get(history).parent_keys


def test_all_errors_of_the_configuration_are_reported_without_a_stack_trace(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "sales", (IMPORTER % ("sales", "SALES")).replace("schedule", "shedule"))
    write(defs, "calls", (IMPORTER % ("calls", "CALLS")).replace("entity: sales", "entity: cals"))
    with pytest.raises(UserFacingError) as raised:
        definitions()
    shown = raised.value.user_code_process_error_infos[0]
    assert f"{defs}/sales/defs.yaml: attributes.shedule: unknown attribute; allowed: entity, name," in shown.message
    assert f"{defs}/calls/defs.yaml: attributes.entity: 'cals' is not an entity; allowed: sales_reps," in shown.message
    assert not shown.stack


@pytest.mark.parametrize(
    ("component", "attribute"), [(FileSource, "port"), (FileImporter, "on_arrival"), (Exporter, "echo")]
)
def test_the_schema_accepts_a_variable_for_a_number_and_no_other_text(
    component: type[dg.Component], attribute: str
) -> None:
    model = component.get_model_cls()
    assert model is not None
    schema = model.model_json_schema()["properties"][attribute]
    assert schema["anyOf"][1] == {"type": "string", "pattern": r"\{\{"}


def dg_check(what: str, project: Path, home: Path) -> subprocess.CompletedProcess[str]:
    ours = ("ERP_", "WISEPARTS_")
    environment = {name: value for name, value in unmeasured_environment().items() if not name.startswith(ours)}
    return subprocess.run(
        [Path(sys.executable).parent / "dg", "check", what],
        cwd=project,
        env=environment | {"WISEPARTS_HOME": str(home), "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, to be changed."""
    shutil.copytree(PACKAGE, tmp_path / "wiseparts_pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / "dbt_project", tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_dg_catches_a_typo_and_reports_what_is_allowed(project: Path, dbt_target: Path) -> None:
    file = project / "wiseparts_pipeline" / "defs" / "sales" / "defs.yaml"
    document = yaml.safe_load(file.read_text())
    document["attributes"]["shedule"] = "0 6 * * *"
    file.write_text(yaml.safe_dump(document))
    checked = dg_check("defs", project, dbt_target)
    assert checked.returncode == 1
    assert "sales/defs.yaml: attributes.shedule: unknown attribute; allowed: entity" in checked.stdout + checked.stderr
    assert "Traceback" not in checked.stdout + checked.stderr


def test_all_marts_are_built_when_the_day_of_the_business_has_changed(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    write(defs, "web", IMPORTER % ("web_sales", "WEB"))
    repository = loaded()
    schedule = repository.get_schedule_def("build_marts_schedule")
    built = repository.get_job("build_marts").asset_layer.selected_asset_keys

    assert (schedule.cron_schedule, schedule.execution_timezone) == ("10 0 * * *", "Europe/Athens")
    assert dg.AssetKey(["marts", "customer_360"]) in built
    assert dg.AssetKey(["raw", "sales"]) not in built


def test_what_reads_the_marts_is_downstream_of_them_with_a_link_to_its_page(defs: Path) -> None:
    write(defs, "shop", SOURCE)
    sales = loaded().asset_graph.get(dg.AssetKey(["dashboards", "sales_report"]))

    assert sales.metadata["page"] == dg.MetadataValue.url("http://127.0.0.1:8050/sales")
    assert dg.AssetKey(["marts", "customer_360"]) in sales.parent_keys


def test_no_day_changes_the_marts_of_a_demo(
    defs: Path, tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", warehouse.url)
    write(defs, "shop", SOURCE)
    schedule = loaded().get_schedule_def("build_marts_schedule")
    context = dg.build_schedule_context(dg.DagsterInstance.local_temp(str(tmp_path)))
    ticks = [schedule.evaluate_tick(context)]
    with warehouse.connect(autocommit=True) as connection:
        set_sample_day(connection, date(2025, 12, 31))
    ticks.append(schedule.evaluate_tick(context))

    assert [len(tick.run_requests or ()) for tick in ticks] == [1, 0]


def test_a_schedule_leaves_a_file_that_two_importers_match(
    defs: Path, tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", warehouse.url)
    folder = tmp_path / "shop" / "Out" / "Sales"
    folder.mkdir(parents=True)
    source = SOURCE.replace("root: /srv/shop", f"root: {tmp_path / 'shop'}, settle_seconds: 0")
    write(defs, "shop", source)
    write(defs, "web", IMPORTER % ("web_sales", "WEB"))
    write(defs, "all", IMPORTER % ("all_sales", "W"))
    (folder / "WEB_1.csv").write_text("sale_id\n")
    schedule = loaded().get_schedule_def("all_sales_schedule")
    context = dg.build_schedule_context(dg.DagsterInstance.local_temp(str(tmp_path)))

    ambiguous = schedule.evaluate_tick(context)
    (folder / "WOOD_1.csv").write_text("sale_id\n")
    unambiguous = schedule.evaluate_tick(context)

    assert not ambiguous.run_requests
    assert "fits the patterns of several importers (all_sales, web_sales)" in (ambiguous.skip_message or "")
    assert len(unambiguous.run_requests or []) == 1


def test_importers_that_share_the_files_of_several_folders_run_one_after_the_other(
    defs: Path, tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", warehouse.url)
    folder = tmp_path / "shop" / "Out" / "2026-01-31"
    folder.mkdir(parents=True)
    (folder / "C.csv").write_text("customer_id,name,contact_id\nC1,Alpha,K1\n")
    write(defs, "shop", SOURCE.replace("root: /srv/shop", f"root: {tmp_path / 'shop'}, settle_seconds: 0"))
    for entity in ("contacts", "customers"):
        attributes = f'{{entity: {entity}, source: shop, folder: "Out/{{date}}", pattern: C.csv}}'
        write(defs, entity, f"type: wiseparts_pipeline.components.FileImporter\nattributes: {attributes}\n")
    repository = loaded()
    assert repository.asset_graph.get(dg.AssetKey(["shop", "Out", "date"])).child_keys == {
        dg.AssetKey(["raw", entity]) for entity in ("contacts", "customers")
    }
    sensor = repository.get_sensor_def("shop_files")
    ticks = []
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for _ in range(3):
            tick = sensor(dg.build_sensor_context(instance, repository_def=repository))
            assert isinstance(tick, dg.SensorResult)
            jobs = [str(request.job_name) for request in tick.run_requests or []]
            ticks.append(jobs)
            for job in jobs:
                assert repository.get_job(job).execute_in_process(instance=instance).success
    assert ticks == [["import_customers"], ["import_contacts"], []]
    assert [path.name for path in folder.iterdir()] == ["processed"]
