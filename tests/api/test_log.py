"""What is noted of look-ups, and that nothing of the questions, answers and keys is in it, nor in any log."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.running import running
from tests.live.erp import Erp, lookups_of
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.retention import RetentionSettings
from wiseparts_pipeline.connections.errors import LoginRefused, Unreachable
from wiseparts_pipeline.live.log import MOST_WAITING, LookupEntry, LookupLog
from wiseparts_pipeline.retention.prune import prune
from wiseparts_pipeline.warehouse import Connection, Warehouse

ENTRY = LookupEntry("customer", "live", "answered", datetime(2026, 1, 2, tzinfo=UTC), 12)
PASSWORD = "secret of the tests"


def _noted(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("select kind, source, outcome, request_id from ops.lookups order by lookup_id").fetchall()


def test_every_look_up_is_noted_with_its_key_and_how_it_ended(erp: Erp, warehouse: Warehouse) -> None:
    with lookups_of(erp, warehouse) as lookups, running(lookups, warehouse) as service:
        paths = ("customers/C1", "customers/C1", "orders/O-C9", "order-types?x=1")
        ids = [service.get(f"/v1/{path}").headers["x-request-id"] for path in paths]
        before = datetime.now(UTC)
    with warehouse.connect() as connection:
        assert _noted(connection) == [
            ("customer", "live", "answered", ids[0]),
            ("customer", "cache", "answered", ids[1]),
            ("orders", None, "unknown_order", ids[2]),
        ]
        (key,) = connection.execute("select name from ops.lookups natural join ops.api_keys limit 1").fetchall()
        assert key[0].startswith("everything")
        (row,) = connection.execute("select min(milliseconds) >= 0, max(asked_at) from ops.lookups").fetchall()
        assert row[0]
        assert row[1] <= before


def test_nothing_is_lost_when_it_ends_also_of_many(warehouse: Warehouse) -> None:
    with LookupLog(warehouse) as log:
        for _ in range(3000):
            log.note(ENTRY)
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from ops.lookups").fetchall() == [(3000,)]


def test_nobody_waits_for_a_database_that_does_not_take_them(caplog: pytest.LogCaptureFixture) -> None:
    began = time.thread_time()
    with LookupLog(Warehouse("postgresql://postgres@127.0.0.1:1/none")) as log:
        for _ in range(MOST_WAITING + 500):
            log.note(ENTRY)
        took = time.thread_time() - began
    assert took < 1
    assert f"{MOST_WAITING} look-ups could not be noted" in caplog.text


def test_old_ones_are_deleted(warehouse: Warehouse) -> None:
    with LookupLog(warehouse) as log:
        log.note(ENTRY)
        log.note(LookupEntry("orders", None, "deadline", datetime.now(UTC), 3000))
    configuration = Configuration({}, {}, retention=RetentionSettings(lookups="1d"))
    done = {each.kind: each.count for each in prune(warehouse, configuration)}
    assert done["lookups"] == 1
    with warehouse.connect() as connection:
        assert _noted(connection) == [("orders", None, "deadline", None)]


def test_metrics_count_requests_and_look_ups(erp: Erp, warehouse: Warehouse) -> None:
    with lookups_of(erp, warehouse) as lookups, running(lookups, warehouse) as service:
        for path in ("customers/C1", "customers/C1", "customers/C9", "nowhere/C1"):
            service.get(f"/v1/{path}")
        text = service.get("/metrics").text
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["wiseparts_requests_total", "/v1/customers/{id}", "200"] == 2
    assert found["wiseparts_requests_total", "/v1/customers/{id}", "404"] == 1
    assert found["wiseparts_requests_total", "other", "404"] == 1
    by_source = {labels[1:]: value for labels, value in found.items() if labels[0] == "wiseparts_lookup_seconds_count"}
    assert by_source == {
        ("customer", "answered", "live"): 1,
        ("customer", "answered", "cache"): 1,
        ("customer", "unknown_customer", "none"): 1,
    }
    assert found["wiseparts_circuit", "erp", "closed"] == 1
    assert found["wiseparts_circuit", "erp", "open"] == 0
    assert "C1" not in text


def test_secrets_are_in_no_log_ledger_or_answer(
    erp: Erp, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither keys nor the system's password, nor customers, their names, or what was searched for."""
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path))
    erp.customers["C-PLANTED"] = "Planted Name"
    answers = []
    errors = (None, Unreachable("down"), ZeroDivisionError("x"), LoginRefused("connection erp: the login is refused"))
    with (
        caplog.at_level(logging.DEBUG),
        lookups_of(erp, warehouse, cache_seconds={"customer": 0}) as lookups,
        running(lookups, warehouse) as service,
    ):
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        key = service.key
        for error in errors:

            def answer(_: object, error: Exception | None = error) -> None:
                if error:
                    raise error

            erp.before_answer = answer
            answers.append(service.get("/v1/customers/C-PLANTED?fresh=true"))
            service.get("/v1/products/X-PLANTED")
        unknown = service.get("/v1/customers/C-PLANTED", "wp_PLANTED-wrong")
        texts = [service.get("/metrics").text, service.client.get("/readyz").text, *(a.text for a in answers[1:])]
    with warehouse.connect() as connection:
        texts += [str(connection.execute(f"select * from ops.{each}").fetchall()) for each in _tables(connection)]
    texts += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    texts += [unknown.text, *(record.getMessage() for record in caplog.records if "httpcore" not in record.name)]
    assert [answer.status_code for answer in answers] == [200, 503, 500, 502]
    for secret in (key, key.removeprefix("wp_"), PASSWORD, "PLANTED", "Planted Name"):
        assert [text for text in texts if secret in text] == []


def _tables(connection: Connection) -> list[str]:
    rows = connection.execute("select tablename from pg_tables where schemaname = 'ops'").fetchall()
    return [name for (name,) in rows]


def test_a_refused_login_is_told_by_readyz(erp: Erp, warehouse: Warehouse) -> None:
    def refuse(_: object) -> None:
        raise LoginRefused("connection erp: wrong user or password")

    erp.before_login = refuse
    with lookups_of(erp, warehouse) as lookups, running(lookups, warehouse) as service:
        answers = [service.get("/v1/customers/C1?fresh=true") for _ in range(3)]
        ready = service.client.get("/readyz")
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(502, "erp_refused")}
    assert erp.logins == 1
    assert (ready.status_code, ready.json()["ready"], ready.json()["connections"][0]["login"]) == (
        200,
        False,
        "refused",
    )
