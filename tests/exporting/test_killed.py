"""The process that delivers is killed at each step: nothing half is seen, nothing is lost, and nothing is left over."""

import signal

import pytest

from tests.exporting.deliveries import FOLDER, Deliveries, observed
from tests.exporting.dying import PROCESSES, STEPS, deliver_and_die
from wiseparts_pipeline.exporting.export import Status


def test_the_next_process_delivers_what_was_interrupted(everywhere: Deliveries) -> None:
    with observed(everywhere.folder) as seen:
        for number, step in enumerate(STEPS):
            everywhere.order(f"WEB-{number}")
            kill(everywhere, step)
            assert everywhere.statuses() == ["delivered"] * number + ["waiting"], step
            # What was left over is looked for once a minute.
            everywhere.execute("update ops.exporters set listed_at = null")
            assert everywhere.deliver().counts == {Status.DELIVERED: 1}, step
    assert everywhere.seen() == everywhere.expected()
    assert seen.items() <= everywhere.expected().items()
    assert everywhere.hidden() == []


@pytest.mark.parametrize("step", [step for step in STEPS if step != "recorded it"])
def test_files_that_appear_one_by_one_are_completed(deliveries: Deliveries, step: str) -> None:
    deliveries.exporter("orders", "erp_orders", FOLDER, publish="files")
    uuid = deliveries.order()
    kill(deliveries, step)
    # The sign that the others are there.
    assert f"order_data_{uuid}.csv" not in deliveries.seen()[f"order_{uuid}"]
    deliveries.execute("update raw.orders set quantity = 9")
    assert deliveries.deliver().counts == {Status.DELIVERED: 1}
    assert deliveries.seen() == deliveries.expected()


def kill(deliveries: Deliveries, step: str) -> None:
    process = PROCESSES.Process(target=deliver_and_die, args=(deliveries, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
