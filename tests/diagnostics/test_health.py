"""What a doctor finds: each thing that grows, waits or stands still."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.exporting.noted import NOW, add, exporter
from tests.importing.drop import Drop
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.dbt.state import note_failures
from wiseparts_pipeline.diagnostics.examination import check_changed_exports
from wiseparts_pipeline.diagnostics.findings import HealthKind, Kind, Level
from wiseparts_pipeline.diagnostics.health import check_exports, check_health
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.locks import only_one

Found = Callable[..., list[tuple[Kind | HealthKind, str, str]]]


@pytest.fixture
def found(warehouse: Warehouse, tmp_path: Path) -> Found:
    """Kind, place and message of what is more than a note."""

    def find(**importer: Any) -> list[tuple[Kind | HealthKind, str, str]]:
        source = SourceSettings(name="erp", protocol="local")
        settings = ImporterSettings.model_validate(
            {"entity": "inventory", "source": "erp", "folder": "inventory", "pattern": "*.csv", **importer}
        )
        configuration = Configuration({"erp": source}, {"inventory": settings})
        findings = check_health(configuration, warehouse, tmp_path)
        return [(each.kind, each.place, each.message) for each in findings if each.level is not Level.NOTE]

    return find


@pytest.fixture
def inventory(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    (tmp_path / "drop").mkdir()
    return Drop(tmp_path / "drop", warehouse).of("inventory")


def test_an_installation_on_which_nothing_happens_is_well(found: Found) -> None:
    assert found() == []


def test_versions_and_size_are_notes(warehouse: Warehouse, tmp_path: Path) -> None:
    findings = check_health(Configuration({}, {}), warehouse, tmp_path)
    assert [(each.kind, each.place) for each in findings] == [
        (HealthKind.VERSIONS, "wiseparts"),
        (HealthKind.VERSIONS, "database"),
    ]
    assert findings[1].message.startswith("PostgreSQL 18")


class Usage(NamedTuple):
    free: float


@pytest.mark.parametrize(("free", "levels"), [(6e9, []), (4e9, [Level.WARNING]), (0.5e9, [Level.FAULT])])
def test_a_disk_that_fills_up(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, levels: list[Level]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free))
    findings = check_health(Configuration({}, {}), warehouse, tmp_path)
    assert [each.level for each in findings if each.kind is HealthKind.DISK] == levels


def test_a_feed_that_has_stopped(inventory: Drop, found: Found) -> None:
    assert [each[:2] for each in found(stale_after="1h")] == [(HealthKind.STOPPED_FEED, "importer inventory")]
    inventory.imported("a.csv", "sku,quantity_available\n")
    assert found(stale_after="1h") == []


def test_rows_that_have_waited_for_a_week(inventory: Drop, found: Found) -> None:
    inventory.imported("a.csv", "sku,quantity_available\nS1,1\nS2,2\n")
    assert found() == []
    inventory.execute("update ops.deferred_rows set created_at = created_at - interval '8 days'")
    ((kind, place, message),) = found()
    assert (kind, place) == (HealthKind.OLD_DEFERRED, "importer inventory")
    assert message.startswith("2 of its rows have waited since ")
    assert "such as sku S1" in message


def test_marts_that_do_not_see_what_was_imported(inventory: Drop, found: Found) -> None:
    inventory.execute(
        """
        insert into ops.model_builds (model, seen, code)
        values ('a', '{"products": 1}', ''), ('b', '{"products": 2}', '');
        insert into ops.entity_changes (entity, version, file_id, changed_at)
        select 'products', version, 0, now() - interval '3 hours' from generate_series(1, 2) as version
        """
    )
    ((kind, place, message),) = found()
    assert (kind, place) == (HealthKind.LATE_MARTS, "products")
    assert message.startswith("1 models lack what was imported since ")
    inventory.execute("update ops.model_builds set seen = '{\"products\": 2}'")
    assert found() == []


def test_builds_that_fail_again_and_again(warehouse: Warehouse, inventory: Drop, found: Found) -> None:
    known = {"dim_products", "fct_sales", "gone"}

    def build(*failed: str, passed: tuple[str, ...] = ()) -> list[str]:
        with warehouse.connect(autocommit=True) as connection:
            note_failures(connection, failed, passed, known)
        return [f"{kind} {place}: {message.split(' have')[0]}" for kind, place, message in found()]

    assert build("dim_products", "gone") == []
    # A model that is skipped, or not selected, has neither failed nor passed.
    assert build("dim_products") == build() == []
    known.remove("gone")
    assert build("dim_products", "fct_sales") == ["failing_builds marts: the last 3 builds"]
    assert found()[0][2].endswith("in dim_products: `wiseparts build`, or the last run in Dagster, says why")
    assert inventory.rows("select node, builds from ops.build_failures order by 1") == [
        ("dim_products", 3),
        ("fct_sales", 1),
    ]
    assert build(passed=("dim_products",)) == []


def test_marts_that_are_late_because_builds_fail_are_one_finding(inventory: Drop, found: Found) -> None:
    inventory.execute(
        """
        insert into ops.model_builds (model, seen, code) values ('a', '{"products": 1}', '');
        insert into ops.entity_changes (entity, version, file_id, changed_at)
        values ('products', 2, 0, now() - interval '3 hours');
        insert into ops.build_failures (node, builds) values ('a', 9)
        """
    )
    assert [kind for kind, _, _ in found()] == [HealthKind.FAILING_BUILDS]


def test_thresholds_are_settings_and_never_turns_one_off(warehouse: Warehouse, inventory: Drop, tmp_path: Path) -> None:
    inventory.imported("a.csv", "sku,quantity_available\nS1,1\n")

    def kinds(after: timedelta, **settings: Any) -> list[Kind | HealthKind]:
        configuration = Configuration({}, {}, alerts=AlertSettings(**settings))
        findings = check_health(configuration, warehouse, tmp_path, now=datetime.now(UTC) + after)
        return [each.kind for each in findings if each.level is not Level.NOTE]

    assert kinds(timedelta(hours=1), deferred_after="90m") == []
    assert kinds(timedelta(hours=2), deferred_after="90m") == [HealthKind.OLD_DEFERRED]
    assert kinds(timedelta(days=999), deferred_after="never", marts_after="never") == []
    free = shutil.disk_usage(tmp_path).free / 1e9
    assert kinds(timedelta(0), disk_gb=free * 2) == [HealthKind.DISK]


def test_what_is_mailed_has_no_values_of_rows(warehouse: Warehouse, inventory: Drop, tmp_path: Path) -> None:
    inventory.imported("a.csv", "sku,quantity_available\nS1,1\n")
    later = datetime.now(UTC) + timedelta(days=8)
    findings = check_health(Configuration({}, {}), warehouse, tmp_path, now=later, examples=False)
    (message,) = [each.message for each in findings if each.kind is HealthKind.OLD_DEFERRED]
    assert message.endswith("for records that have not come: have them sent, or the rows corrected")


def test_a_lock_that_is_held_for_long(
    warehouse: Warehouse, inventory: Drop, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.connect(autocommit=True) as connection, only_one(connection, "sales", print):
        assert found() == []
        inventory.execute("update ops.locks set since = since - interval '61 minutes'")
        ((kind, place, message),) = found()
        assert (kind, place) == (HealthKind.LONG_LOCK, "lock sales")
        assert f"PID {connection.info.backend_pid} on the database server" in message
    assert found() == []


def test_mails_that_are_not_sent(inventory: Drop, found: Found) -> None:
    inventory.execute(
        """
        insert into ops.outbox (importer, file_ids, subject, message, recipients, status, last_error, created_at)
        select 'sales', '{1}', '', '', '{}', status, 'refused', now() - interval '2 hours'
        from unnest(array['sent', 'waiting', 'given_up']) as status
        """
    )
    assert [(kind, message.split(":")[0]) for kind, _, message in found()] == [
        (HealthKind.MAIL, "1 e-mails are queued for long"),
        (HealthKind.MAIL, "1 e-mails were never sent"),
    ]


def test_a_clock_that_was_set_back(inventory: Drop, found: Found) -> None:
    inventory.execute(
        "insert into ops.entity_changes (entity, version, file_id, changed_at)"
        " values ('products', 1, 0, now() + interval '1 hour')"
    )
    assert [(kind, place) for kind, place, _ in found()] == [(HealthKind.CLOCK, "database")]


def test_a_transaction_that_is_open_for_long(
    warehouse: Warehouse, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiseparts_pipeline.diagnostics.health.LONG_TRANSACTION", datetime.now(UTC) - datetime.now(UTC))
    with warehouse.connect() as connection:
        connection.execute("select 1")
        ((kind, place, message),) = found()
        assert (kind, place) == (HealthKind.LONG_TRANSACTION, f"session {connection.info.backend_pid}")
        assert "(idle in transaction)" in message


def test_a_table_of_dead_rows(inventory: Drop, found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiseparts_pipeline.diagnostics.health.BLOATED_ROWS", 10)
    inventory.execute(
        """
        alter table ops.tested_months set (autovacuum_enabled = off);
        insert into ops.tested_months select 'a', 'b', date '2000-01-01' + day, gen_random_uuid()
        from generate_series(1, 100) as day
        """
    )
    inventory.execute("delete from ops.tested_months; select pg_stat_force_next_flush()")
    assert [each[:2] for each in found()] == [(HealthKind.BLOAT, "ops.tested_months")]


def exports_found(warehouse: Warehouse, **options: Any) -> dict[str, str]:
    configuration = Configuration({}, {}, {"erp_orders": exporter()})
    return {each.kind: each.message for each in check_exports(configuration, warehouse, **options)}


def test_exports_that_are_not_delivered_or_collected_are_found(warehouse: Warehouse) -> None:
    assert exports_found(warehouse) == {}
    with warehouse.connect() as connection:
        add(connection, "O1", "held", "missing_value", error="Its customer has no e-mail.")
        add(connection, "O2", "given_up", "unreachable")
        add(connection, "O3", "waiting", "unreachable", error="erp does not answer.")
        add(connection, "O4", "delivered", delivered_at=NOW)
        add(connection, "O5", "waiting")
        add(connection, "O6", "waiting", error="It came later.")
        connection.execute("update ops.exports set noted_at = now() where record_key = 'O5'")
        connection.execute("update ops.exports set noted_at = noted_at + interval '1 day' where record_key = 'O6'")
    found = exports_found(warehouse)
    assert found[Kind.HELD_EXPORTS] == ("1 record is held until corrected, such as O1 (Its customer has no e-mail.)")
    assert "`wiseparts export erp_orders`, or one of them with `--record KEY`" in found[Kind.GIVEN_UP_EXPORTS]
    assert "since 2026-03-04 12:00 UTC to be delivered to erp: erp does not answer." in found[Kind.LATE_EXPORTS]
    assert "1 record was not collected within 2 hours, such as O4" in found[Kind.NOT_COLLECTED]


def test_delivered_orders_with_other_lines_are_found_until_they_are_delivered_again(warehouse: Warehouse) -> None:
    configuration = Configuration({}, {}, {"erp_orders": exporter()})
    with warehouse.connect() as connection:
        add(connection, "O1", "collected", "changed_after_delivery", error="Lines were added.")
    (found,) = check_changed_exports(configuration, warehouse)
    assert found.message == "1 record has other lines than were delivered, such as O1 (Lines were added.)"
    with warehouse.connect() as connection:
        ((uuid,),) = connection.execute("select record_uuid from ops.exports").fetchall()
        add(connection, "O1", "waiting", record_uuid=uuid, version=2)
    assert list(check_changed_exports(configuration, warehouse)) == []


def test_records_of_an_exporter_that_there_is_no_more_are_found(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        add(connection, "O1", "waiting")
        add(connection, "O2", "collected")
        connection.execute("update ops.exports set exporter = 'orders_once'")
    assert "`wiseparts export orders_once --cancel`" in exports_found(warehouse)[Kind.WITHOUT_EXPORTER]
    assert exports_found(warehouse)[Kind.WITHOUT_EXPORTER].startswith("1 record has not been delivered")


def test_alerts_have_nothing_of_the_records_that_are_exported(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        add(connection, "O1", "held", "missing_value", error="Its customer has no e-mail.")
    assert exports_found(warehouse, examples=False) == {Kind.HELD_EXPORTS: "1 record is held until corrected"}
