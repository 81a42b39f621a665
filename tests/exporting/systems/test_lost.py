"""Whatever ends between the creation of an order and our note of it: the order is in the system once, and noted."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exporting.systems.creating import Creating, Erp
from tests.exporting.systems.cutting import Cutting, cutting
from wiseparts_pipeline.connections.receiving import CREATED_WITHIN
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.exporting.targets import systems
from wiseparts_pipeline.exporting.targets.created import order_of

pytestmark = pytest.mark.parametrize("erp", ["tryton", "odoo"], indirect=True)


@pytest.fixture
def line(creating: Creating) -> Iterator[Cutting]:
    """Between us and the system."""
    with cutting(creating.erp.url) as line:
        creating.line = line.url
        yield line


def test_an_order_whose_answer_was_lost_is_found_at_the_next_attempt(
    creating: Creating, erp: Erp, line: Cutting
) -> None:
    key = creating.order()
    line.cut_answer_to = erp.creation
    done = creating.deliver()
    assert done.counts == {}
    assert [each["state"] for each in erp.sales(key)] == ["draft"]
    (export,) = creating.exports()
    assert (export.status, export.code) == (Status.WAITING, "unreachable")
    creating.again()
    (sale,) = erp.sales(key)
    (export,) = creating.exports()
    assert (export.status, export.external_id, sale["state"]) == (Status.DELIVERED, sale["number"], erp.confirmed)


def test_an_order_that_may_still_be_created_is_not_created_again_before_its_time(
    creating: Creating, erp: Erp, line: Cutting
) -> None:
    key = creating.order()
    line.swallow = erp.creation
    creating.deliver()
    line.swallow = None
    (notice,) = creating.again().notices
    assert notice.startswith("erp has not answered whether it has created this record")
    assert (creating.statuses(), erp.sales(key)) == (["waiting unreachable"], [])
    # As if two minutes were over.
    creating.execute("update ops.creations set begun_at = now() - %s", CREATED_WITHIN)
    creating.again()
    assert (creating.statuses(), len(erp.sales(key))) == (["delivered"], 1)


def test_what_was_created_twice_by_a_process_that_slept_is_once_there(creating: Creating, erp: Erp) -> None:
    """The other one has created the order after this one has looked for it."""
    key = creating.order()
    taking = systems.System(erp.connection(), creating.warehouse)
    find = taking.taking(creating.exporters["erp_orders"])
    with creating.warehouse.connect() as connection:
        (export,) = creating.exports()
        record = order_of(connection, creating.exporters["erp_orders"], export)
    values = find.values(record)
    first = find.create(record, values)
    second = find.create(record, values)
    assert second.number == first.number
    # In Odoo, the user may not delete it.
    assert [each["state"] for each in erp.sales(key)][1:] in ([], ["cancel"])
    taking.disconnect()


_DYING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from tests.exporting.systems.dying import die_after_creating
die_after_creating(*sys.argv[2:])
"""


def test_a_process_that_is_killed_after_the_creation_leaves_an_order_that_the_next_one_finds(
    creating: Creating, erp: Erp
) -> None:
    key = creating.order()
    root = Path(__file__).parents[3]
    url = creating.warehouse.url
    assert url is not None
    done = subprocess.run(
        [sys.executable, "-c", _DYING, str(root), url, erp.system, erp.url], capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [each["state"] for each in erp.sales(key)] == ["draft"]
    assert creating.statuses() == ["waiting"]
    creating.deliver()
    (export,) = creating.exports()
    assert (export.status, [each["state"] for each in erp.sales(key)]) == (Status.DELIVERED, [erp.confirmed])
