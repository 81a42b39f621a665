"""Lists of a customer's documents, the newest first, some at a time."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.connections.tryton.entities import Domain
from wiseparts_pipeline.live.answers import Invoice, Order, Page
from wiseparts_pipeline.live.cursors import after_number, cursor_of
from wiseparts_pipeline.live.questions import PAGE
from wiseparts_pipeline.live.systems.tryton.customers import found_party
from wiseparts_pipeline.live.systems.tryton.values import as_date, day, first_text

# By number: of documents with the same one, the newest.
NEWEST = (("id", "DESC"),)

Item = TypeVar("Item", Invoice, Order)


def newest_first(
    system: Tryton,
    customer_id: str,
    model: str,
    domain: Domain,
    fields: Sequence[str],
    by: str,
    cursor: str | None,
    made: Callable[[Record], Item],
    wanted: Callable[[Item], bool],
) -> Page[Item]:
    """A page of the customer's documents by a day; those of a day by number. Not all that are read may be wanted."""
    at, number = after_number(cursor)
    on = date.fromisoformat(at[:10]) if at else None
    found: list[Item] = []
    while True:
        beyond: Domain = []
        if on is not None and number is not None:
            beyond = [["OR", [by, "<", as_date(on)], [[by, "=", as_date(on)], ["id", "<", number]]]]
        order = ((by, "DESC"), ("id", "DESC"))
        records = system.find(model, [*domain, *beyond], fields, limit=PAGE, order=order)
        if not records and cursor is None and on is None:
            found_party(system, customer_id, ("code",))
        for record in records:
            on, number = day(record[by]), int(record["id"])
            if wanted(item := made(record)):
                found.append(item)
            if len(found) == PAGE:
                return Page(items=found, cursor=cursor_of(on.isoformat() if on else None, str(number)))
        if len(records) < PAGE:
            return Page(items=found)


def unit_of(line: Record) -> str | None:
    """The one in which quantity and price are: the product's own."""
    return first_text(line["product"]["default_uom"]["symbol"], line["unit"]["symbol"])
