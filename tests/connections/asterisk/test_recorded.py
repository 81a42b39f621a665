"""Calls of the tables that a real Asterisk wrote, pulled with the packaged configuration."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.configurations.harness import Harness
from tests.conftest import database as new_warehouse
from tests.connections.asterisk.conftest import Server, installed
from tests.connections.asterisk.databases import Database, new_database, recorded
from tests.connections.asterisk.made import CALLS, LONG
from tests.dbt.building import Dbt
from tests.installation import Installation
from wiseparts_pipeline.warehouse import Warehouse

ROWS = """
    select caller_number, called_number, direction, disposition, wait_seconds, talk_seconds, queue, agent_id
    from raw.calls order by caller_number
"""
MADE = [
    (call.caller, call.number, "inbound", call.disposition, call.wait, call.talk, call.queue, call.agent)
    for call in sorted(CALLS, key=lambda call: call.caller)
]


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def pull(installation: Installation, *arguments: str) -> None:
    done = installation.run("pull", *arguments)
    assert done.status == 0, done.err


@pytest.fixture(scope="module")
def pulled(
    server: Server, postgres_url: str, prepared_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A warehouse with the calls; read-only, but for marts."""
    template = urlsplit(prepared_url).path.removeprefix("/")
    with new_database(server("postgresql")) as database, new_warehouse(postgres_url, template) as url:
        database.create()
        database.allow("cdr", "queue_log")
        database.fill()
        pull(installed(tmp_path_factory.mktemp("pulled"), Warehouse(url), database))
        yield Warehouse(url)


def test_each_call_is_one_row_with_what_the_telephones_did(
    tmp_path: Path, warehouse: Warehouse, filled: Database
) -> None:
    pull(installed(tmp_path, warehouse, filled))

    assert rows(warehouse, ROWS) == MADE


def test_nothing_new_needs_few_requests_and_what_ended_since_comes_whole(
    tmp_path: Path, warehouse: Warehouse, database: Database
) -> None:
    installation = installed(tmp_path, warehouse, database)
    database.insert("cdr", [row for row in recorded("cdr") if row["src"] != LONG])
    database.insert("queue_log", recorded("queue_log"))
    pull(installation)
    pull(installation)
    # It began before all the others, and is written now.
    (long,) = [row for row in recorded("cdr") if row["src"] == LONG]
    with database.connected() as cursor:
        cursor.execute("select current_timestamp")
        now = cursor.fetchone()
    ended = next(iter(now.values() if isinstance(now, dict) else now)).replace(tzinfo=None, microsecond=0)
    database.insert("cdr", [long | {"end": str(ended)}])
    pull(installation)

    assert rows(warehouse, "select kind, status, records, requests <= 3 from ops.pulls order by pull_id")[1:] == [
        ("changes", "imported", 0, True),
        ("changes", "imported", 1, False),
    ]
    assert rows(warehouse, ROWS) == MADE


def test_one_call_can_be_pulled_by_its_key(tmp_path: Path, warehouse: Warehouse, filled: Database) -> None:
    key = next(row["uniqueid"] for row in recorded("cdr") if row["lastapp"] == "Hangup")

    pull(installed(tmp_path, warehouse, filled), "calls", "--key", key)

    assert rows(warehouse, ROWS) == [call for call in MADE if call[0] == "2100000005"]


FORM = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("calldate", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
)


def test_files_of_the_same_calls_say_the_same(
    pulled: Warehouse, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path))
    records = io.StringIO()
    csv.writer(records).writerows([row.get(name, "") for name in FORM] for row in recorded("cdr"))
    fields = [
        [
            str(1795849403 + int(event["id"])),
            *(event.get(name, "") for name in ("callid", "queuename", "agent", "event")),
        ]
        + [event.get(f"data{number}", "") for number in range(1, 6)]
        for event in recorded("queue_log")
    ]
    harness = Harness("asterisk", warehouse, tmp_path / "files")
    harness.put("Asterisk/CDR18/Master.csv", records.getvalue().encode())
    harness.put("Asterisk/Queues/queue_log", "".join("|".join(each) + "\n" for each in fields).encode())
    harness.run("asterisk_cdr_18")
    harness.run("asterisk_queue_log")

    # A call that left its queue without an agent was answered by nobody.
    both = "call_id, direction, disposition, caller_number, called_number, queue, agent_id, wait_seconds, talk_seconds"
    query = f"select {both} from raw.calls order by call_id"
    assert rows(warehouse, query) == rows(pulled, query)


def test_the_call_centre_marts_agree_with_what_the_telephones_did(pulled: Warehouse, dbt_target: Path) -> None:
    Dbt(pulled, dbt_target).build(
        *("--select", "+call_center_by_queue_daily", "+call_center_by_agent_daily"),
        as_of="2026-11-29",
        short_abandon_seconds=0,
    )

    talked = sum(call.talk or 0 for call in CALLS if not call.queue)
    assert rows(
        pulled,
        """
        select queue, calls, answered_calls, lost_calls, busy_calls, average_wait_lost_seconds::float,
            average_talk_seconds::float
        from marts.call_center_by_queue_daily where calls > 0 order by queue
        """,
    ) == [
        ("(none)", 13, 11, 1, 1, 4, round(talked / 11, 2)),
        ("sales", 1, 1, 0, 0, None, 5),
        ("service", 2, 0, 2, 0, 2.5, None),
    ]
    talked = sum(call.talk or 0 for call in CALLS)
    assert rows(
        pulled,
        """
        select answered_calls, average_talk_seconds::float
        from marts.call_center_by_agent_daily where agent_id = '101' and calls > 0
        """,
    ) == [(12, round(talked / 12, 2))]
