"""What is asked of the log of exports."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.exporting.noted import NOW, add, exporter
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.warehouse import Connection, Warehouse


@pytest.fixture
def connection(warehouse: Warehouse) -> Any:
    with warehouse.connect() as connection:
        yield connection


def keys(exports: list[Any]) -> list[str | None]:
    return [each.record_key for each in exports]


def test_the_latest_exports_come_first_and_can_be_chosen(connection: Connection) -> None:
    add(connection, "O1", "delivered", delivered_at=NOW)
    add(connection, "O2", "held", "missing_value")
    add(connection, "C1", "held", "unencodable", exporter="erp_customers", entity="customers")
    assert keys(log.latest(connection, limit=2)) == ["C1", "O2"]
    assert keys(log.latest(connection, exporter="erp_orders", limit=9)) == ["O2", "O1"]
    assert keys(log.latest(connection, exporter="erp_orders", statuses=[Status.HELD], limit=9)) == ["O2"]
    assert keys(log.latest(connection, keys=["O1", "C1"], limit=9)) == ["C1", "O1"]


def test_all_versions_of_a_record_are_found_by_its_key(connection: Connection) -> None:
    uuid = uuid4()
    add(connection, "O1", "collected", record_uuid=uuid)
    add(connection, "O1", "waiting", record_uuid=uuid, version=2)
    add(connection, "O1", "waiting", entity="customers")
    assert [(each.version, each.status) for each in log.of_records(connection, "orders", ["O1", "O2"])] == [
        (1, Status.COLLECTED),
        (2, Status.WAITING),
    ]


def test_the_standing_counts_each_status_and_what_is_overdue(connection: Connection) -> None:
    add(connection, "O1", "delivered", delivered_at=NOW - timedelta(hours=3))
    add(connection, "O2", "delivered", delivered_at=NOW - timedelta(hours=1))
    add(connection, "O3", "held", "incomplete", noted_at=NOW - timedelta(hours=2))
    add(connection, "O4", "waiting")
    unsettled = log.standings(connection, [exporter()], NOW, settled=False)["erp_orders"]
    assert unsettled.counts == {Status.HELD: 1, Status.WAITING: 1}
    assert (unsettled.overdue, unsettled.oldest) == (1, NOW - timedelta(hours=2))
    found = log.standings(connection, [exporter(), exporter("another", folder="Other")], NOW)
    standing = found["erp_orders"]
    assert standing.counts == {Status.DELIVERED: 2, Status.HELD: 1, Status.WAITING: 1}
    assert (standing.noted, standing.overdue, standing.oldest) == (4, 1, NOW - timedelta(hours=2))
    assert (found["another"].noted, found["another"].oldest, found["another"].overdue) == (0, None, 0)


@pytest.mark.parametrize("attributes", [{"collected": "never"}, {"collect_within": "never"}])
def test_nothing_is_overdue_where_nobody_has_to_collect(connection: Connection, attributes: dict[str, str]) -> None:
    add(connection, "O1", "delivered", delivered_at=NOW - timedelta(days=9))
    assert log.standings(connection, [exporter(**attributes)], NOW)["erp_orders"].overdue == 0
    assert log.overdue(connection, exporter(**attributes), NOW, 9) == []
    assert keys(log.overdue(connection, exporter(), NOW, 9)) == ["O1"]


def test_each_thing_that_someone_has_to_look_at_is_told_once(connection: Connection) -> None:
    add(connection, "O1", "held", "missing_value")
    add(connection, "O2", "given_up", "unreachable")
    add(connection, "O3", "waiting", "not_writable")
    add(connection, "O4", "delivered", delivered_at=NOW - timedelta(hours=3))
    untold = log.untold(connection, exporter(), NOW)
    assert [(each.record_key, each.told) for each in untold] == [
        ("O1", "held missing_value"),
        ("O2", "given_up unreachable"),
        ("O3", "waiting not_writable"),
        ("O4", "not_collected"),
    ]
    log.note_told(connection, untold)
    assert log.untold(connection, exporter(), NOW) == []
    connection.execute("update ops.exports set code = 'unencodable' where record_key = 'O1'")
    assert [each.told for each in log.untold(connection, exporter(), NOW)] == ["held unencodable"]


def test_who_has_corrected_a_value_is_told_of_the_next_one_that_is_wrong(connection: Connection) -> None:
    add(connection, "O1", "held", "missing_value", error="Mail: email has no value.")
    log.note_told(connection, log.untold(connection, exporter(), NOW))
    connection.execute("update ops.exports set status = 'waiting', code = null, error = null")
    assert keys(log.untold(connection, exporter(), NOW)) == []
    connection.execute(
        "update ops.exports set status = 'held', code = 'missing_value', error = 'Note: note has no value.'"
    )
    assert keys(log.untold(connection, exporter(), NOW)) == ["O1"]


def test_a_fault_of_the_server_is_told_once_however_many_records_wait(connection: Connection) -> None:
    add(connection, "O1", "waiting", "not_writable")
    add(connection, "O2", "waiting", "not_writable")
    first = log.untold(connection, exporter(), NOW)
    log.note_told(connection, first)
    add(connection, "O3", "waiting", "not_writable")
    add(connection, "O4", "waiting", "target_taken")
    assert keys(first) == ["O1", "O2"]
    assert keys(log.untold(connection, exporter(), NOW)) == ["O4"]


def test_that_nobody_collects_is_told_once_a_day(connection: Connection) -> None:
    told = []
    for hours in range(50, 2, -1):
        add(connection, str(hours), "delivered", delivered_at=NOW - timedelta(hours=hours))
        untold = log.untold(connection, exporter(), NOW)
        log.note_told(connection, untold)
        told += keys(untold)
    assert told == ["50", "26"]


def test_what_passes_by_itself_is_not_told(connection: Connection) -> None:
    add(connection, "O1", "waiting")
    add(connection, "O2", "waiting", "unreachable")
    add(connection, "O3", "delivered", delivered_at=NOW)
    add(connection, "O4", "cancelled", "not_wanted")
    add(connection, "O5", "collected", delivered_at=NOW - timedelta(days=9))
    assert log.untold(connection, exporter(), NOW) == []


def test_what_is_unsettled_is_neither_delivered_nor_cancelled(connection: Connection) -> None:
    for status in ("waiting", "held", "given_up", "cancelled", "collected"):
        add(connection, status, status)
    add(connection, "in time", "delivered", delivered_at=NOW)
    add(connection, "overdue", "delivered", delivered_at=NOW - timedelta(hours=3))
    assert keys(log.unsettled(connection, exporter(), NOW, limit=10)) == ["waiting", "held", "given_up", "overdue"]


def test_what_someone_has_to_look_at_is_counted_with_examples(connection: Connection) -> None:
    for number in range(3):
        add(connection, f"H{number}", "held", "missing_value")
    add(connection, "G", "given_up", "unreachable")
    found = log.attention(connection, exporter(), NOW, examples=2)
    assert (found.held, found.given_up, found.overdue) == (3, 1, 0)
    assert {what: keys(examples) for what, examples in found.examples.items()} == {
        "held": ["H2", "H1"],
        "given_up": ["G"],
        "overdue": [],
    }


def test_what_is_being_delivered_or_told_is_not_told_by_another(warehouse: Warehouse) -> None:
    with warehouse.connect() as one, warehouse.connect() as other:
        add(one, "O1", "held", "missing_value")
        one.commit()
        assert keys(log.untold(one, exporter(), NOW)) == ["O1"]
        assert log.untold(other, exporter(), NOW) == []
