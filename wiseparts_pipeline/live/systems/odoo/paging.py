"""Lists of a customer's documents, the newest first, some at a time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.live.answers import Invoice, Order, Page
from wiseparts_pipeline.live.cursors import after, cursor_of
from wiseparts_pipeline.live.questions import PAGE
from wiseparts_pipeline.live.systems.odoo.values import day

Item = TypeVar("Item", Invoice, Order)


def newest_first(
    system: Odoo,
    model: str,
    domain: Sequence[object],
    fields: Sequence[str],
    cursor: str | None,
    made: Callable[[Record], Item],
    wanted: Callable[[Item], bool],
) -> Page[Item]:
    """A page of documents, in the order in which they were made. Not all that are read may be wanted."""
    _, key = after(cursor)
    found: list[Item] = []
    while True:
        beyond: list[object] = [["id", "<", int(key)]] if key is not None else []
        records = system.find(model, [*domain, *beyond], fields, limit=PAGE, order="id desc")
        for record in records:
            key = record["id"]
            if wanted(item := made(record)):
                found.append(item)
            if len(found) == PAGE:
                return Page(items=found, cursor=cursor_of(day(record["create_date"]), str(key)))
        if len(records) < PAGE:
            return Page(items=found)
