"""However it is disturbed, an order is created once in Tryton or Odoo: it is looked for before, and by one process."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.exporting.systems.creating import Creating, Erp
from wiseparts_pipeline.exporting.export import Status

pytestmark = pytest.mark.parametrize("erp", ["tryton", "odoo"], indirect=True)


def test_an_order_that_is_there_is_found_and_delivered_again_as_the_same(creating: Creating, erp: Erp) -> None:
    key = creating.order()
    creating.deliver()
    (export,) = creating.exports()
    creating.execute("update ops.exports set status = 'waiting', external_id = null")
    creating.note("orders", key, export.record_uuid, version=2, again=True)
    creating.again()
    assert [(each.status, each.external_id) for each in creating.exports()] == [
        (Status.DELIVERED, export.external_id)
    ] * 2
    assert len(erp.sales(key)) == 1


def test_a_sale_of_the_same_reference_that_is_another_is_left_alone(creating: Creating, erp: Erp) -> None:
    key = creating.order()
    creating.deliver()
    creating.execute("update ops.exports set status = 'waiting', external_id = null")
    creating.execute("update raw.orders set quantity = 3")
    creating.again()
    (export,) = creating.exports()
    assert (export.status, export.code) == (Status.HELD, "differs_there")
    assert f"for {key!r}, which has 2 of 'BP-1002', not 3" in str(export.error)
    assert len(erp.sales(key)) == 1


def test_processes_that_deliver_at_once_create_each_order_once(creating: Creating, erp: Erp) -> None:
    keys = [creating.order() for _ in range(4)]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: creating.deliver(), range(3)))
    assert sum(each.count(Status.DELIVERED) for each in done) == 4
    assert [len(erp.sales(key)) for key in keys] == [1] * 4
