"""What the receiver has taken is noted, from one listing a minute."""

import shutil
from pathlib import Path

import pytest

from tests.exporting.deliveries import FOLDER, Deliveries
from tests.transport.site import Site
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.transport import PermanentError
from wiseparts_pipeline.transport.local import LocalTransport


def a_minute_later(deliveries: Deliveries) -> None:
    deliveries.execute("update ops.exporters set listed_at = listed_at - interval '1 minute'")


def test_a_folder_that_is_gone_was_collected(everywhere: Deliveries) -> None:
    taken, left = everywhere.order("WEB-1"), everywhere.order("WEB-2")
    everywhere.deliver()
    shutil.rmtree(everywhere.folder / f"order_{taken}")
    a_minute_later(everywhere)
    assert everywhere.deliver().counts == {Status.COLLECTED: 1}
    assert everywhere.statuses() == ["collected", "delivered"]
    assert everywhere.exports()[0].collected_at is not None
    assert list(everywhere.seen()) == [f"order_{left}"]


@pytest.mark.parametrize("folder", [".", "./A", "A//B", "/A/"])
def test_a_folder_that_is_there_was_not_collected_however_its_path_is_written(
    deliveries: Deliveries, folder: str
) -> None:
    deliveries.exporter("orders", "erp_orders", folder)
    deliveries.order()
    deliveries.deliver()
    a_minute_later(deliveries)
    deliveries.deliver()
    assert deliveries.statuses() == ["delivered"]


def test_the_folder_is_listed_once_a_minute(deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch) -> None:
    listings: list[str] = []
    folders = LocalTransport.folders

    def counted(transport: LocalTransport, folder: str, *, hidden: bool = False) -> tuple[str, ...]:
        listings.append(folder)
        return folders(transport, folder, hidden=hidden)

    monkeypatch.setattr(LocalTransport, "folders", counted)
    deliveries.order()
    for _ in range(3):
        deliveries.deliver()
    assert listings == [FOLDER]
    a_minute_later(deliveries)
    deliveries.deliver()
    assert listings == [FOLDER] * 2
    deliveries.execute("update ops.exports set status = 'collected'")
    a_minute_later(deliveries)
    deliveries.deliver()
    assert listings == [FOLDER] * 2


def test_where_nobody_collects_nothing_is_looked_for(deliveries: Deliveries) -> None:
    deliveries.exporter("orders", "erp_orders", FOLDER, collected="never")
    uuid = deliveries.order()
    deliveries.deliver()
    shutil.rmtree(deliveries.folder / f"order_{uuid}")
    a_minute_later(deliveries)
    assert deliveries.deliver().counts == {}
    assert deliveries.statuses() == ["delivered"]


def test_a_folder_that_is_gone_as_a_whole_is_a_problem_and_no_collection(deliveries: Deliveries) -> None:
    deliveries.order()
    deliveries.deliver()
    shutil.rmtree(deliveries.folder)
    a_minute_later(deliveries)
    done = deliveries.deliver()
    assert (done.counts, len(done.problems)) == ({}, 1)
    assert FOLDER in done.problems[0]
    assert deliveries.statuses() == ["delivered"]


def test_what_was_delivered_to_the_folder_of_before_is_looked_for_there(deliveries: Deliveries) -> None:
    deliveries.order()
    deliveries.deliver()
    deliveries.exporter("orders", "erp_orders", "Elsewhere")
    deliveries.order("WEB-2")
    a_minute_later(deliveries)
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}
    shutil.rmtree(next(deliveries.folder.glob("order_*")))
    a_minute_later(deliveries)
    assert deliveries.deliver().counts == {Status.COLLECTED: 1}
    assert deliveries.statuses() == ["collected", "delivered"]


def test_a_folder_of_before_that_is_gone_as_a_whole_was_collected(deliveries: Deliveries) -> None:
    deliveries.order()
    deliveries.deliver()
    deliveries.exporter("orders", "erp_orders", "Elsewhere")
    new = deliveries.order("WEB-2")
    deliveries.order("WEB-3")
    deliveries.deliver()
    shutil.rmtree(deliveries.folder)
    shutil.rmtree(deliveries.site.root / "Elsewhere" / f"order_{new}")
    a_minute_later(deliveries)
    done = deliveries.deliver()
    assert (done.counts, done.problems) == ({Status.COLLECTED: 2}, [])
    assert deliveries.statuses() == ["collected", "collected", "delivered"]


def test_a_folder_that_cannot_be_listed_does_not_hide_what_was_taken_from_the_others(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries.order()
    deliveries.deliver()
    deliveries.exporter("orders", "erp_orders", "Elsewhere")
    new = deliveries.order("WEB-2")
    deliveries.deliver()
    shutil.rmtree(deliveries.site.root / "Elsewhere" / f"order_{new}")
    folders = LocalTransport.folders

    def refused(transport: LocalTransport, folder: str, *, hidden: bool = False) -> tuple[str, ...]:
        if folder == FOLDER:
            raise PermanentError("source erp: cannot list it")
        return folders(transport, folder, hidden=hidden)

    monkeypatch.setattr(LocalTransport, "folders", refused)
    a_minute_later(deliveries)
    done = deliveries.deliver()
    assert (done.counts, len(done.problems)) == ({Status.COLLECTED: 1}, 1)
    assert deliveries.statuses() == ["delivered", "collected"]
    # Told once an hour, not each minute.
    a_minute_later(deliveries)
    assert deliveries.deliver().problems == []
    deliveries.execute("update ops.exporters set listed_at = listed_at - interval '1 hour'")
    assert len(deliveries.deliver().problems) == 1


@pytest.mark.parametrize("changed", [{}, {"name": "erp2"}])
def test_what_lies_at_the_place_of_before_was_not_collected(
    deliveries: Deliveries, tmp_path: Path, changed: dict[str, str]
) -> None:
    deliveries.order()
    deliveries.deliver()
    first = deliveries.site, deliveries.exporters["erp_orders"]
    (tmp_path / "new" / FOLDER).mkdir(parents=True)
    deliveries.site = Site(
        deliveries.site.settings.model_copy(update={"root": str(tmp_path / "new"), **changed}), tmp_path / "new"
    )
    source = deliveries.site.settings
    deliveries.exporters["erp_orders"] = deliveries.exporters["erp_orders"].model_copy(update={"to": source.name})
    deliveries.order("WEB-2")
    for _ in range(2):
        a_minute_later(deliveries)
        configuration = Configuration({source.name: source}, {}, deliveries.exporters)
        deliver(deliveries.warehouse, configuration, seconds=10)
    assert deliveries.statuses() == ["delivered", "delivered"]
    before, now = deliveries.exports()
    assert "--again" in (before.error or "")
    assert now.error is None
    # The new place has its own, and only these.
    shutil.rmtree(deliveries.site.root / str(now.path))
    a_minute_later(deliveries)
    deliver(deliveries.warehouse, configuration, seconds=10)
    assert deliveries.statuses() == ["delivered", "collected"]
    # The place of before is looked at again once the exporter delivers there again.
    deliveries.site, deliveries.exporters["erp_orders"] = first
    a_minute_later(deliveries)
    deliveries.deliver()
    assert [export.error for export in deliveries.exports()] == [None, None]


def test_left_over_folders_of_our_own_are_cleared_and_no_others(deliveries: Deliveries) -> None:
    uuid = deliveries.order()
    stranger = "5d7c3bb1-2f66-4c5e-9a3e-0b7c1f8f7d10"
    names = [f".order_{uuid}.part", f".order_{uuid}.{'0' * 32}.part", f".order_{stranger}.part", ".trash"]
    deliveries.deliver()
    waiting = deliveries.order("WEB-2")
    deliveries.execute("update ops.exports set next_attempt_at = now() + interval '1 minute' where status = 'waiting'")
    for name in (*names, f".order_{waiting}.part"):
        deliveries.site.put(f"{FOLDER}/{name}/order_data.csv")
    a_minute_later(deliveries)
    deliveries.deliver()
    assert deliveries.hidden() == sorted([f".order_{stranger}.part", ".trash", f".order_{waiting}.part"])


@pytest.mark.parametrize("status", ["cancelled", "given_up"])
def test_a_folder_without_its_sign_is_cleared_when_the_record_does_not_go(everywhere: Deliveries, status: str) -> None:
    everywhere.exporter("orders", "erp_orders", FOLDER, publish="files")
    left, stranger = everywhere.order("WEB-1"), everywhere.order("WEB-2")
    everywhere.deliver()
    for uuid in (left, stranger):
        (everywhere.folder / f"order_{uuid}" / f"order_data_{uuid}.csv").unlink()
    theirs = everywhere.site.put(f"{FOLDER}/order_{stranger}/theirs.txt")
    everywhere.execute("update ops.exports set status = %s", status)
    whole = everywhere.order("WEB-3")
    a_minute_later(everywhere)
    assert everywhere.deliver().counts == {Status.DELIVERED: 1}
    assert sorted(everywhere.seen()) == sorted([f"order_{stranger}", f"order_{whole}"])
    assert theirs.exists()
    everywhere.execute("update ops.exports set status = %s where record_key = 'WEB-3'", status)
    everywhere.order("WEB-4")
    a_minute_later(everywhere)
    everywhere.deliver()
    assert len(everywhere.seen()[f"order_{whole}"]) == 2
