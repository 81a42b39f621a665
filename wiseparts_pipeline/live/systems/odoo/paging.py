"""Lists of a customer's documents, the newest first, some at a time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.live.answers import Invoice, Order, Page
from wiseparts_pipeline.live.cursors import after_number, cursor_of
from wiseparts_pipeline.live.questions import PAGE

Item = TypeVar("Item", Invoice, Order)


def newest_first(
    system: Odoo,
    model: str,
    domain: Sequence[object],
    fields: Sequence[str],
    by: str,
    cursor: str | None,
    made: Callable[[Record], Item],
    wanted: Callable[[Item], bool],
) -> Page[Item]:
    """A page of documents by a day or moment; those of the same one by number. Not all that are read may be wanted."""
    at, number = after_number(cursor)
    found: list[Item] = []
    while True:
        beyond: list[object] = []
        if number is not None:
            beyond = ["|", [by, "<", at], "&", [by, "=", at], ["id", "<", number]]
        records = system.find(model, [*domain, *beyond], fields, limit=PAGE, order=f"{by} desc, id desc")
        for record in records:
            at, number = record[by], int(record["id"])
            if wanted(item := made(record)):
                found.append(item)
            if len(found) == PAGE:
                return Page(items=found, cursor=cursor_of(at, str(number)))
        if len(records) < PAGE:
            return Page(items=found)
