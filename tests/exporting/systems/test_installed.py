"""An installation whose orders an import creates in a system; what commands and Dagster show of them."""

import json
from pathlib import Path

import pytest

from tests.exporting.systems.creating import LINE, USER, Erp
from tests.installation import Installation
from wiseparts_pipeline import definitions
from wiseparts_pipeline.orchestration.exports.report import exports_asset
from wiseparts_pipeline.warehouse import Warehouse

pytestmark = pytest.mark.parametrize("erp", ["tryton", "odoo"], indirect=True)


@pytest.fixture
def installation(erp: Erp, warehouse: Warehouse, tmp_path: Path, dbt_target: Path) -> Installation:
    """Orders of the source `drop` are created by one user, and would be by another one who may only read."""
    assert warehouse.url is not None
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    installation.share_parsed(dbt_target)
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
    connection = {"system": erp.system, "url": erp.url, "database": erp.system, "allow_plaintext": True}
    users = {"erp": USER, "other": {"login": erp.reader, "password": "reader-password"}}
    for name, user in users.items():
        login = {"username": user["login"], "password": user["password"], "requests_per_second": 1000}
        installation.component("Connection", name, {"name": name, **connection, **login})
    installation.importer("orders")
    for name, status in (("erp", "confirmed"), ("other", "returned")):
        exporter = {"entity": "orders", "name": f"{name}_orders", "to": name, "sources": ["drop"]}
        installation.component("Exporter", f"{name}_orders", exporter | {"when": {"status": [status]}})
    return installation


def test_an_import_creates_its_orders_and_the_number_there_is_shown(installation: Installation, erp: Erp) -> None:
    columns = {"order_id": "CLI-1", "line_no": 1, **LINE, **erp.line, "placed_at": "2026-03-01 10:00:00"}
    installation.put("Orders/1.csv", ",".join(columns), ",".join(map(str, columns.values())))
    done = installation.run("import", "orders")
    assert done.status == 0, done.err
    (sale,) = erp.sales("CLI-1")
    assert sale["state"] == erp.quoted
    (export,) = json.loads(installation.run("exports", "--json").out)["exports"]
    assert (export["status"], export["external_id"]) == ("delivered", sale["number"])
    (traced,) = json.loads(installation.run("trace", "orders", "CLI-1", "--json").out)["exports"]
    assert traced["external_id"] == sale["number"]


def test_check_says_what_a_user_may_not_create(installation: Installation, erp: Erp) -> None:
    sources = json.loads(installation.run("check", "--json").out)["connections"]
    findings = [each for source in sources for each in source["findings"] if each["kind"] == "not_writable"]
    assert {each["place"] for each in findings} == {"exporter other_orders"}
    assert f"the user may not read or write or create {erp.model}; give the user a group with this right" in {
        each["message"] for each in findings
    }


def test_dagster_has_an_asset_a_job_and_a_sensor_of_each_connection(
    installation: Installation, erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WISEPARTS_HOME", "WISEPARTS_DEFS", "WISEPARTS_DATABASE_URL"):
        monkeypatch.setenv(name, installation.environment[name])
    repository = definitions.definitions().get_repository_def()
    assert {"deliver_erp", "deliver_other"} <= {each.name for each in repository.sensor_defs}
    assert repository.has_job("export_erp_orders")
    asset = repository.assets_defs_by_key[exports_asset("erp_orders")]
    assert asset.specs_by_key[exports_asset("erp_orders")].kinds == {erp.system}
