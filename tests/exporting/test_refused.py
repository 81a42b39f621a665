"""What the server or the program fails at with one record is that record's trouble, and stops no other."""

from datetime import timedelta

import pytest

from tests.exporting.deliveries import Deliveries, full_disk
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.exporting.content import prepare
from wiseparts_pipeline.exporting.export import Export, Status, WrittenFile
from wiseparts_pipeline.exporting.targets import folders
from wiseparts_pipeline.transport import PermanentError, TransientError
from wiseparts_pipeline.warehouse import Connection

SECOND = timedelta(seconds=1)


def refuse(monkeypatch: pytest.MonkeyPatch, error: type[Exception], *keys: str) -> None:
    """As if the server refused these records."""

    def refused(connection: Connection, exporter: ExporterSettings, export: Export) -> list[WrittenFile]:
        files = prepare(connection, exporter, export)
        if export.record_key in keys:
            monkeypatch.setattr(folders, "publish", fail)
        return files

    published = vars(folders)["publish"]

    def fail(*_: object) -> None:
        monkeypatch.setattr(folders, "publish", published)
        raise error("source erp: cannot write it")

    monkeypatch.setattr(folders, "prepare", refused)


@pytest.mark.parametrize("error", [TransientError, PermanentError])
def test_one_record_that_is_refused_is_in_nobodys_way(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    for key in ("BAD", "WEB-1", "WEB-2"):
        deliveries.order(key)
    refuse(monkeypatch, error, "BAD")
    done = deliveries.deliver()
    assert done.counts == {Status.DELIVERED: 2}
    assert len(done.notices) == 1
    # It does not keep those that come later waiting either.
    deliveries.order("WEB-3")
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}
    deliveries.execute(
        "update ops.exports set failing_since = now() - interval '4 days' where failing_since is not null"
    )
    deliveries.order("WEB-4")
    deliveries.all_due()
    assert deliveries.deliver().counts == {Status.DELIVERED: 1, Status.GIVEN_UP: 1}
    monkeypatch.undo()
    assert deliveries.deliver(everything_due=True).counts == {Status.DELIVERED: 1}


def test_some_records_that_are_refused_put_the_others_off_only_until_the_next_attempt(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = ["BAD-1", "BAD-2"]
    for key in (*bad, "WEB-1", "WEB-2"):
        deliveries.order(key)
    refuse(monkeypatch, PermanentError, *bad)
    assert deliveries.deliver().counts == {}
    assert deliveries.statuses() == ["waiting not_writable"] * 4
    assert [export.attempts for export in deliveries.exports()] == [1, 1, 0, 0]
    deliveries.execute("update ops.exports set failing_since = now() - interval '4 days'")
    deliveries.all_due()
    assert deliveries.deliver().counts == {Status.DELIVERED: 2, Status.GIVEN_UP: 2}


def test_an_order_for_which_there_is_no_room_leaves_it_to_the_others(deliveries: Deliveries) -> None:
    deliveries.order("BIG", lines=3000)
    for key in ("WEB-1", "WEB-2"):
        deliveries.order(key)
    with full_disk(deliveries.site.root, "100k"):
        assert deliveries.deliver().counts == {Status.DELIVERED: 2}
    assert deliveries.statuses() == ["waiting not_writable", "delivered", "delivered"]


def test_a_server_that_cannot_be_reached_has_all_given_up_that_waited_too_long(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(_: object) -> None:
        raise TransientError("source erp: cannot be reached")

    monkeypatch.setattr(folders, "connect", connect)
    deliveries.order("WEB-1")
    deliveries.order("WEB-2")
    deliveries.deliver()
    deliveries.execute("update ops.exports set failing_since = now() - interval '4 days'")
    deliveries.order("WEB-3")
    deliveries.all_due()
    assert deliveries.deliver().counts == {Status.GIVEN_UP: 2}
    monkeypatch.undo()
    deliveries.all_due()
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}
    assert deliveries.deliver(everything_due=True).counts == {Status.DELIVERED: 2}


def test_a_fault_of_the_program_concerns_one_record_and_is_told(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(connection: Connection, exporter: ExporterSettings, export: Export) -> list[WrittenFile]:
        if export.record_key == "BAD":
            connection.execute("select 1 / 0")
        if export.record_key == "WORSE":
            raise ZeroDivisionError("of the program")
        return prepare(connection, exporter, export)

    monkeypatch.setattr(folders, "prepare", faulty)
    for key in ("BAD", "WORSE", "WEB-1", "WEB-2"):
        deliveries.order(key)
    pauses = []
    for expected in ({Status.DELIVERED: 2}, {}, {}):
        done = deliveries.deliver()
        assert done.counts == expected
        assert ["a fault of the program" in problem for problem in done.problems] == [True, True]
        pauses.append(deliveries.pause())
        deliveries.all_due()
    assert [round(pause / SECOND) for pause in pauses] == [1, 2, 4]
    assert deliveries.statuses() == ["waiting program_fault"] * 2 + ["delivered"] * 2
    monkeypatch.undo()
    assert deliveries.deliver().counts == {Status.DELIVERED: 2}
