"""Whatever ends while an order is sent: the market has it once, and we know."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.exporting.dying import PROCESSES
from tests.exporting.suppliers.ordering import Ordering, connected, exporting
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections.errors import Objection, Unreachable
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.operations import SEND_ORDER
from wiseparts_pipeline.connections.itscope.receiving import SupplierOrders
from wiseparts_pipeline.connections.receiving import SupplierOrder
from wiseparts_pipeline.exporting import queue
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.warehouse import Warehouse

STEPS = ("looked for it", "had it checked", "is about to send it", "sent it", "found its number", "recorded it")


class Ended(BaseException):
    """What ends a process, as far as the database and the market see it."""


def end_after(step: str, end: Callable[[], None], replace: Callable[[object, str, Any], None]) -> None:
    """Has the process end when it has done a step."""

    def ending(owner: object, name: str, applies: Callable[..., bool], *, before: bool = False) -> None:
        function = getattr(owner, name)

        def replaced(*arguments: Any, **options: Any) -> Any:
            if before and applies(*arguments):
                end()
            result = function(*arguments, **options)
            if applies(*arguments):
                end()
            return result

        replace(owner, name, replaced)

    match step:
        case "looked for it":
            ending(SupplierOrders, "find", lambda *_: True)
        case "had it checked":
            ending(SupplierOrders, "values", lambda *_: True)
        case "is about to send it" | "sent it":
            ending(Client, "content", lambda _, operation, *__: operation is SEND_ORDER, before=step != "sent it")
        case "found its number":
            ending(SupplierOrders, "create", lambda *_: True)
        case "recorded it":
            ending(queue, "delivered", lambda *_: True)


def deliver_and_die(database: str, url: str) -> None:
    """Delivers, and is killed when it has sent the order."""
    end_after("sent it", lambda: os.kill(os.getpid(), signal.SIGKILL), setattr)
    configuration = Configuration({}, {}, {"ordering": exporting()}, {"market": connected(url)})
    deliver(Warehouse(database), configuration, seconds=60)


def sent_once(ordering: Ordering) -> bool:
    """Whether the market has the order once after the next attempt, and we its number."""
    assert ordering.exports()[0].status is Status.WAITING
    ordering.again()
    (export,) = ordering.exports()
    (deal,) = ordering.market.deals.values()
    return (export.status, export.external_id) == (Status.DELIVERED, deal["orderId"])


@pytest.mark.parametrize("step", STEPS)
def test_an_order_that_ends_at_any_step_is_there_once(ordering: Ordering, step: str) -> None:
    ordering.requisition()
    with pytest.MonkeyPatch.context() as patch:
        end_after(step, end, patch.setattr)
        with pytest.raises(Ended):
            ordering.deliver()
    assert sent_once(ordering)


def end() -> None:
    raise Ended


def test_an_order_whose_process_is_killed_is_there_once(ordering: Ordering) -> None:
    ordering.requisition()
    assert ordering.warehouse.url is not None
    process = PROCESSES.Process(target=deliver_and_die, args=(ordering.warehouse.url, ordering.url))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert sent_once(ordering)


def test_an_order_whose_answer_was_lost_is_found(ordering: Ordering) -> None:
    ordering.requisition()
    ordering.market.sent_answers_lost = 1
    ordering.deliver()
    (export,) = ordering.exports()
    assert (export.status, export.code, len(ordering.market.deals)) == (Status.WAITING, "unreachable", 1)
    ordering.again()
    (export,) = ordering.exports()
    assert (export.status, len(ordering.market.deals)) == (Status.DELIVERED, 1)


def test_an_order_in_the_archive_is_found(ordering: Ordering) -> None:
    ordering.requisition()
    ordering.market.sent_answers_lost = 1
    ordering.deliver()
    for deal in ordering.market.deals.values():
        deal["archived"] = True
    ordering.again()
    assert (ordering.exports()[0].status, len(ordering.market.deals)) == (Status.DELIVERED, 1)


def test_an_order_that_may_still_arrive_is_not_sent_again_before_its_time(ordering: Ordering) -> None:
    ordering.requisition()
    ordering.market.sent_answers_lost = 1
    ordering.deliver()
    kept = dict(ordering.market.deals)
    # As if it had not arrived, or could not be found yet.
    ordering.market.deals.clear()
    ordering.execute("update ops.exports set next_attempt_at = now() - interval '1 second'")
    (notice,) = ordering.deliver().notices
    assert "created anew 15 minutes after the last attempt if it is not there" in notice
    assert ordering.market.deals == {}
    ordering.market.deals.update(kept)
    ordering.again()
    assert (ordering.exports()[0].status, ordering.market.deals) == (Status.DELIVERED, kept)


def test_an_objection_does_not_let_an_order_be_sent_again_that_may_still_arrive(
    ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordering.requisition()
    ordering.market.sent_answers_lost = 1
    ordering.deliver()
    # As if it could not be found yet.
    ordering.market.deals.clear()

    def object_to(*_: object) -> None:
        raise Objection("Not now.", "Not now.")

    due = "update ops.exports set status = 'waiting', next_attempt_at = now() - interval '1 second'"
    with monkeypatch.context() as objecting:
        objecting.setattr(SupplierOrders, "values", object_to)
        ordering.execute(due)
        ordering.deliver()
    assert ordering.exports()[0].code == "not_accepted"
    ordering.execute(due)
    (notice,) = ordering.deliver().notices
    assert "created anew 15 minutes after the last attempt if it is not there" in notice
    assert ordering.market.deals == {}


def test_an_order_that_was_accepted_and_is_not_found_yet_is_not_sent_again(
    ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordering.requisition()
    monkeypatch.setattr(SupplierOrders, "find", lambda *_: None)
    ordering.deliver()
    (export,) = ordering.exports()
    (deal,) = ordering.market.deals.values()
    # Ours, by which it will be found as well.
    assert (export.status, export.external_id) == (Status.DELIVERED, deal["ownOrderId"])


def test_processes_that_deliver_at_once_order_once(ordering: Ordering) -> None:
    for _ in range(3):
        ordering.requisition()
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: ordering.deliver(), range(3)))
    assert sum(each.count(Status.DELIVERED) for each in done) == 3
    assert len(ordering.market.deals) == 3


def test_what_one_supplier_has_accepted_is_not_sent_again_with_what_another_has_not(
    ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordering.exporter = exporting(test=False)
    ordering.requisition({"supplier_id": "77"}, {"supplier_id": "88", "supplier_sku": "GONE"})
    # As long as orders cannot be found.
    monkeypatch.setattr(SupplierOrders, "find", lambda *_: None)
    ordering.deliver()
    (export,) = ordering.exports()
    (deal,) = ordering.market.deals.values()
    assert (export.status, export.external_id) == (Status.HELD, deal["ownOrderId"])
    ordering.execute("update raw.purchase_requisitions set supplier_sku = '8' where supplier_id = '88'")
    ordering.again()
    (export,) = ordering.exports()
    suppliers = [deal["vendor"]["supplier"]["id"] for deal in ordering.market.deals.values()]
    assert (export.status, suppliers) == (Status.DELIVERED, [77, 88])


def test_an_order_that_was_accepted_is_not_sent_again_if_its_number_cannot_be_asked_for(
    ordering: Ordering, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordering.requisition()
    asked: list[str] = []

    def find(_: SupplierOrders, record: SupplierOrder) -> None:
        asked.append(record.key)
        if len(asked) == 2:
            raise Unreachable("no answer")

    monkeypatch.setattr(SupplierOrders, "find", find)
    ordering.deliver()
    (export,) = ordering.exports()
    (deal,) = ordering.market.deals.values()
    assert (export.status, export.external_id) == (Status.DELIVERED, deal["ownOrderId"])
