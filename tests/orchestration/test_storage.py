"""How Dagster's storage uses the database: opening a connection costs PostgreSQL more than storing an event."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.orchestration.runtime.storage import DATABASE_URL
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def folder(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DAGSTER_HOME with the packaged dagster.yaml, for this warehouse."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv(DATABASE_URL, warehouse.dagster_url())
    (tmp_path / "dagster.yaml").write_bytes((PROJECT / "dagster.yaml").read_bytes())
    return tmp_path


@pytest.fixture
def instance(folder: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def report(instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization("parts"))


def sessions(warehouse: Warehouse) -> set[int]:
    """The processes of the database server that serve Dagster's storage."""
    with warehouse.connect() as connection:
        query = """
            select pid from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        """
        return {pid for (pid,) in connection.execute(query)}


def test_events_are_stored_over_the_same_connections(warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
    report(instance)
    before = sessions(warehouse)
    for _ in range(5):
        report(instance)
    assert (len(before), sessions(warehouse)) == (2, before)


def test_the_instances_of_a_process_share_their_connections(
    warehouse: Warehouse, folder: Path, instance: dg.DagsterInstance
) -> None:
    report(instance)
    before = sessions(warehouse)
    with dg.DagsterInstance.from_config(str(folder)) as another:
        report(another)
    assert sessions(warehouse) == before


def test_a_connection_that_the_server_has_closed_is_opened_again(
    warehouse: Warehouse, instance: dg.DagsterInstance
) -> None:
    report(instance)
    opened = sessions(warehouse)
    with warehouse.connect() as connection:
        for session in opened:
            connection.execute("select pg_terminate_backend(%s, 5000)", [session])
    report(instance)
    assert instance.get_latest_materialization_event(dg.AssetKey("parts")) is not None
