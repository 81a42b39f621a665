"""What is due is delivered: whole, in order, and again after a fault, which is told and does not stop the others."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.exporting.deliveries import FOLDER, Deliveries, full_disk, observed
from tests.transport.conftest import Line
from tests.transport.site import Site
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.exporting import queue
from wiseparts_pipeline.exporting.content import prepare
from wiseparts_pipeline.exporting.export import Export, Status, WrittenFile
from wiseparts_pipeline.exporting.targets import folders
from wiseparts_pipeline.warehouse import Connection, Warehouse

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_an_order_arrives_as_a_folder_with_its_files(everywhere: Deliveries) -> None:
    with observed(everywhere.folder) as seen:
        uuid = everywhere.order()
        done = everywhere.deliver()
    assert (done.counts, done.notices) == ({Status.DELIVERED: 1}, [])
    (export,) = everywhere.exports()
    assert (export.status, export.code, export.path) == ("delivered", None, f"{FOLDER}/order_{uuid}")
    assert done.export_ids == [export.export_id]
    assert [file["name"] for file in export.files] == [f"order_items_{uuid}.csv", f"order_data_{uuid}.csv"]
    assert everywhere.seen() == everywhere.expected()
    assert seen.items() <= everywhere.expected().items()
    assert everywhere.hidden() == []


def test_where_no_folder_can_be_renamed_the_files_appear_one_by_one(everywhere: Deliveries) -> None:
    everywhere.exporter("orders", "erp_orders", FOLDER, publish="files")
    everywhere.order()
    assert everywhere.deliver().counts == {Status.DELIVERED: 1}
    assert everywhere.seen() == everywhere.expected()
    everywhere.execute("update ops.exports set status = 'waiting'")
    assert everywhere.deliver().counts == {Status.DELIVERED: 1}


def test_a_delivery_whose_answer_was_lost_is_not_repeated(everywhere: Deliveries) -> None:
    everywhere.order()
    everywhere.deliver()
    before = (everywhere.folder / f"order_{everywhere.exports()[0].record_uuid}").stat()
    everywhere.execute("update ops.exports set status = 'waiting', delivered_at = null, files = '[]'")
    assert everywhere.deliver().counts == {Status.DELIVERED: 1}
    after = (everywhere.folder / f"order_{everywhere.exports()[0].record_uuid}").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert everywhere.seen() == everywhere.expected()
    assert everywhere.hidden() == []


@pytest.mark.parametrize("publish", ["folder", "files"])
def test_a_strangers_folder_is_left_as_it_is_and_in_the_way(everywhere: Deliveries, publish: str) -> None:
    everywhere.exporter("orders", "erp_orders", FOLDER, publish=publish)
    uuid = everywhere.order()
    theirs = everywhere.site.put(f"{FOLDER}/order_{uuid}/notes.txt", b"theirs")
    everywhere.site.own(everywhere.site.root / "WiseParts Export")
    everywhere.site.own(everywhere.folder)
    other = everywhere.order("WEB-2")
    done = everywhere.deliver()
    assert done.counts == {Status.DELIVERED: 1}
    assert "It was not touched" in done.problems[0]
    assert everywhere.statuses() == ["waiting target_taken", "delivered"]
    assert timedelta(minutes=4) < everywhere.pause() <= queue.LONGEST_PAUSE
    assert sorted(everywhere.seen()) == sorted([f"order_{uuid}", f"order_{other}"])
    assert theirs.read_bytes() == b"theirs"
    assert everywhere.hidden() == []
    theirs.unlink()
    theirs.parent.rmdir()
    everywhere.all_due()
    assert everywhere.deliver().counts == {Status.DELIVERED: 1}
    assert everywhere.seen() == everywhere.expected()


def test_what_was_delivered_is_not_replaced_by_what_the_record_is_now(deliveries: Deliveries) -> None:
    deliveries.order()
    deliveries.deliver()
    before = deliveries.seen()
    deliveries.execute("update ops.exports set status = 'waiting'")
    deliveries.execute("update raw.orders set net_amount = 1")
    assert "was not touched" in deliveries.deliver().problems[0]
    assert deliveries.seen() == before
    assert deliveries.statuses() == ["waiting target_taken"]


def test_what_an_earlier_attempt_has_left_is_cleared(everywhere: Deliveries) -> None:
    uuid = everywhere.order()
    everywhere.site.put(f"{FOLDER}/.order_{uuid}.part/order_items_{uuid}.csv", b"half of i")
    for path in ("WiseParts Export", FOLDER, f"{FOLDER}/.order_{uuid}.part"):
        everywhere.site.own(everywhere.site.root / path)
    everywhere.deliver()
    assert everywhere.seen() == everywhere.expected()
    assert everywhere.hidden() == []


def test_a_server_that_is_down_is_asked_once_for_all_and_again_after_a_growing_pause(
    over_line: Deliveries, line: Line
) -> None:
    for number in range(3):
        over_line.order(f"WEB-{number}")
    line.refused = 10**6
    done = over_line.deliver()
    assert (done.counts, done.problems) == ({}, [])
    assert "tried again" in done.delayed[0]
    assert over_line.statuses() == ["waiting unreachable"] * 3
    assert line.connections == 3
    pauses = [over_line.pause()]
    for _ in range(9):
        over_line.all_due()
        over_line.deliver()
        pauses.append(over_line.pause())
    assert [round(pause / SECOND) for pause in pauses] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert len({export.next_attempt_at for export in over_line.exports()}) == 1
    line.refused = 0
    over_line.all_due()
    assert over_line.deliver().counts == {Status.DELIVERED: 3}
    assert over_line.seen() == over_line.expected()
    assert {(export.code, export.error, export.failing_since) for export in over_line.exports()} == {(None,) * 3}


def test_a_new_order_does_not_wake_a_server_that_is_down_but_a_command_does(over_line: Deliveries, line: Line) -> None:
    over_line.order()
    line.refused = 3
    over_line.deliver()
    over_line.order("WEB-2")
    over_line.execute("update ops.exports set next_attempt_at = now() + interval '4 minutes' where code is not null")
    assert over_line.deliver().counts == {}
    assert line.connections == 3
    assert over_line.deliver(everything_due=True).counts == {Status.DELIVERED: 2}


def test_a_connection_that_is_lost_at_any_moment_delays_an_order_and_no_more(over_line: Deliveries, line: Line) -> None:
    for number in range(8):
        over_line.order(f"WEB-{number}")
    # Of the server's answers: the login has about three thousand bytes.
    line.cuts = [3000 + 97 * number for number in range(24)]
    with observed(over_line.folder) as seen:
        while over_line.statuses() != ["delivered"] * 8:
            over_line.all_due()
            over_line.deliver()
    assert over_line.seen() == over_line.expected()
    assert seen.items() <= over_line.expected().items()
    assert len(over_line.seen()) == 8


def test_what_fails_for_days_is_given_up(over_line: Deliveries, line: Line) -> None:
    over_line.exporter("orders", "erp_orders", FOLDER, give_up_after="3d")
    over_line.order(exporter="erp_orders")
    over_line.execute("update ops.exports set noted_at = now() - interval '9 days'")
    line.refused = 10**6
    assert over_line.deliver().count(Status.GIVEN_UP) == 0
    over_line.execute("update ops.exports set failing_since = failing_since - interval '3 days'")
    over_line.all_due()
    assert over_line.deliver().count(Status.GIVEN_UP) == 1
    assert over_line.statuses() == ["given_up unreachable"]


def test_a_missing_right_is_told_at_once_and_stops_only_the_exporter_of_the_folder(
    warehouse: Warehouse, openssh_site: Site
) -> None:
    deliveries = Deliveries(warehouse, openssh_site)
    deliveries.exporter("orders", "others", "Others")
    openssh_site.folder("WiseParts Export")
    openssh_site.folder(FOLDER).chmod(0o555)
    for number in range(3):
        uuid = deliveries.order(f"WEB-{number}")
        deliveries.note("orders", f"WEB-{number}", uuid, "others")
    done = deliveries.deliver()
    assert done.count(Status.DELIVERED) == 3
    assert [problem for problem in done.problems if "permission denied" in problem] == done.problems
    assert len(done.problems) == 1
    statuses = {(export.exporter, export.status, export.code) for export in deliveries.exports()}
    assert ("erp_orders", "waiting", "not_writable") in statuses
    assert timedelta(minutes=4) < deliveries.pause() <= queue.LONGEST_PAUSE
    assert deliveries.deliver().problems == []
    deliveries.folder.chmod(0o755)
    assert deliveries.deliver(everything_due=True).count(Status.DELIVERED) == 3


def test_a_wrong_login_is_told_at_once_and_tried_once(warehouse: Warehouse, openssh_site: Site) -> None:
    wrong = openssh_site.settings.model_copy(update={"username": "somebody"})
    deliveries = Deliveries(warehouse, Site(wrong, openssh_site.root))
    for number in range(3):
        deliveries.order(f"WEB-{number}")
    done = deliveries.deliver()
    assert len(done.problems) == 1
    assert "somebody" in done.problems[0]
    assert deliveries.statuses() == ["waiting not_writable"] * 3


def test_a_full_disk_is_told_and_nothing_of_the_order_is_seen(warehouse: Warehouse, openssh_site: Site) -> None:
    deliveries = Deliveries(warehouse, openssh_site)
    openssh_site.folder("WiseParts Export")
    folder = openssh_site.folder(FOLDER)
    with full_disk(folder) as disk:
        openssh_site.own(folder)
        deliveries.order(lines=2000)
        done = deliveries.deliver()
        assert "is its disk or the user's quota full" in done.problems[0]
        assert deliveries.statuses() == ["waiting not_writable"]
        assert (deliveries.seen(), deliveries.hidden()) == ({}, [])
        disk("16m")
        assert deliveries.deliver(everything_due=True).counts == {Status.DELIVERED: 1}
        assert deliveries.seen() == deliveries.expected()


def test_a_held_order_tells_why_is_looked_at_again_ever_less_often_and_goes_once_it_can(
    deliveries: Deliveries,
) -> None:
    deliveries.exporter(
        "orders",
        "erp_orders",
        FOLDER,
        files={"order_data": {"columns": {"C": {"from": "customer_id", "required": True}}}},
    )
    deliveries.order(customer_id=None)
    pauses = []
    for _ in range(6):
        assert deliveries.deliver(everything_due=True).counts == {Status.HELD: 1}
        pauses.append(deliveries.pause())
    assert [round(pause / MINUTE) for pause in pauses] == [1, 2, 4, 8, 10, 10]
    assert deliveries.statuses() == ["held missing_value"]
    assert "customer_id" in (deliveries.exports()[0].error or "")
    assert not deliveries.folder.exists()
    assert deliveries.deliver().counts == {}
    deliveries.execute("update raw.orders set customer_id = 'C1'")
    deliveries.all_due()
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}


def test_a_held_order_waits_once_only_the_server_is_in_its_way(over_line: Deliveries, line: Line) -> None:
    uuid = over_line.order()
    over_line.execute("update ops.exports set status = 'held', code = 'incomplete', attempts = 9")
    line.refused = 3
    over_line.deliver()
    assert over_line.statuses() == ["waiting unreachable"]
    assert over_line.pause() <= SECOND
    over_line.all_due()
    assert over_line.deliver().counts == {Status.DELIVERED: 1}
    assert list(over_line.seen()) == [f"order_{uuid}"]


def test_an_order_follows_its_new_customer(deliveries: Deliveries) -> None:
    deliveries.exporter("orders", "erp_orders", FOLDER, after="erp_customers")
    deliveries.exporter("customers", "erp_customers", "WiseParts Export/Customers")
    deliveries.order()
    deliveries.customer()
    assert deliveries.deliver().counts == {Status.DELIVERED: 2}
    order, customer = deliveries.exports()
    assert customer.delivered_at is not None
    assert order.delivered_at is not None
    assert customer.delivered_at < order.delivered_at


def test_an_order_follows_its_customer_also_over_a_retry(deliveries: Deliveries) -> None:
    deliveries.exporter("orders", "erp_orders", FOLDER, after="erp_customers")
    deliveries.exporter("customers", "erp_customers", "WiseParts Export/Customers")
    deliveries.order()
    uuid = deliveries.customer()
    taken = deliveries.site.put(f"WiseParts Export/Customers/customer_{uuid}/theirs.csv")
    assert deliveries.deliver().counts == {Status.HELD: 1}
    assert deliveries.statuses() == ["held customer_not_delivered", "waiting target_taken"]
    taken.unlink()
    taken.parent.rmdir()
    deliveries.execute("update ops.exports set next_attempt_at = now() where status = 'waiting'")
    # At once, and not after the pause of what is held.
    assert deliveries.deliver().counts == {Status.DELIVERED: 2}


def test_the_versions_of_a_record_go_in_order_and_unchanged_ones_not_at_all(deliveries: Deliveries) -> None:
    uuid = deliveries.order()
    deliveries.deliver()
    deliveries.note("orders", "WEB-1", uuid, "erp_orders", version=2)
    assert deliveries.deliver().counts == {Status.CANCELLED: 1}
    deliveries.note("orders", "WEB-1", uuid, "erp_orders", version=3, again=True)
    deliveries.execute("update raw.orders set quantity = 7")
    deliveries.note("orders", "WEB-1", uuid, "erp_orders", version=4)
    assert deliveries.deliver().counts == {Status.DELIVERED: 1, Status.CANCELLED: 1}
    assert deliveries.statuses() == ["delivered", "cancelled unchanged", "delivered", "cancelled unchanged"]
    assert sorted(deliveries.seen()) == [f"order_{uuid}", f"order_{uuid}_3"]


def test_what_is_asked_for_again_goes_although_nothing_has_changed(deliveries: Deliveries) -> None:
    uuid = deliveries.order()
    deliveries.deliver()
    deliveries.note("orders", "WEB-1", uuid, "erp_orders", version=2, again=True)
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}
    assert sorted(deliveries.seen()) == [f"order_{uuid}", f"order_{uuid}_2"]


def test_only_the_chosen_ones_are_delivered(deliveries: Deliveries) -> None:
    for number in range(3):
        deliveries.order(f"WEB-{number}")
    deliveries.execute("update ops.exports set next_attempt_at = now() + interval '1 minute'")
    chosen = deliveries.exports()[1].export_id
    assert deliveries.deliver(export_ids=[chosen]).export_ids == [chosen]
    assert deliveries.deliver(exporters=[]).counts == {}
    assert deliveries.deliver().counts == {}
    assert deliveries.statuses() == ["waiting", "delivered", "waiting"]


def test_the_oldest_go_first_until_the_time_is_over(deliveries: Deliveries) -> None:
    for number in range(3):
        deliveries.order(f"WEB-{number}")
    assert deliveries.deliver(seconds=-1).counts == {}
    done = deliveries.deliver()
    assert done.export_ids == [export.export_id for export in deliveries.exports()]
    assert done.slowest is not None


def test_what_was_put_off_before_the_clock_was_set_back_is_due(deliveries: Deliveries) -> None:
    deliveries.order()
    deliveries.execute("update ops.exports set next_attempt_at = now() + interval '1 hour'")
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}


def test_processes_that_deliver_at_once_deliver_each_order_once(everywhere: Deliveries) -> None:
    for number in range(12):
        everywhere.order(f"WEB-{number}")
    with observed(everywhere.folder) as seen, ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: everywhere.deliver(), range(2))
    assert first.count(Status.DELIVERED) + second.count(Status.DELIVERED) == 12
    assert first.notices == second.notices == []
    assert everywhere.seen() == everywhere.expected()
    assert seen.items() <= everywhere.expected().items()
    assert everywhere.hidden() == []


def test_a_process_that_lives_cannot_publish_what_another_has_taken_over(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one loses its session right before its rename, and does not know."""
    deliveries.order()
    monkeypatch.setattr(folders, "check_database", lambda connection: other(connection))

    def other(connection: Connection) -> None:
        monkeypatch.undo()
        connection.close()
        assert deliveries.deliver().counts == {Status.DELIVERED: 1}

    with observed(deliveries.folder) as seen, pytest.raises(WarehouseError):
        deliveries.deliver()
    assert deliveries.statuses() == ["delivered"]
    assert deliveries.seen() == deliveries.expected()
    assert seen.items() <= deliveries.expected().items()
    assert deliveries.hidden() == []


def test_a_database_that_is_lost_before_the_rename_leaves_nothing_to_be_seen(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries.order()

    def lost(connection: Connection, exporter: ExporterSettings, export: Export) -> list[WrittenFile]:
        files = prepare(connection, exporter, export)
        with deliveries.warehouse.connect(autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        return files

    monkeypatch.setattr(folders, "prepare", lost)
    with pytest.raises(WarehouseError):
        deliveries.deliver()
    assert deliveries.seen() == {}
    assert deliveries.statuses() == ["waiting"]
    monkeypatch.undo()
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}
    assert (deliveries.seen(), deliveries.hidden()) == (deliveries.expected(), [])
