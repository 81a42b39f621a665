"""What lies in the warehouses of Tryton, what comes in, and what is expected to be there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.live.answers import Incoming
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.estimate import Projected
from wiseparts_pipeline.live.systems.tryton.values import as_date, day, first_text, numbered

_WAREHOUSE = ("code", "name", "storage_location", "input_location")
_INCOMING = ("product", "internal_quantity", "planned_date")
_PROJECTION = "stock.product_quantities_warehouse"

FIELDS: Mapping[str, Sequence[str]] = {
    "product.product": ("quantity",),
    "stock.location": _WAREHOUSE,
    "stock.move": _INCOMING,
    _PROJECTION: ("product", "date", "quantity"),
}


@dataclass
class Lying:
    """What is known of a product in a warehouse."""

    on_hand: Decimal
    free: Decimal
    incoming: list[Incoming]
    projected: list[Projected]


def warehouses(system: Tryton, warehouse_id: str | None) -> list[Record]:
    """Those that are asked for. Raises Unknown."""
    found = system.find("stock.location", [["type", "=", "warehouse"]], _WAREHOUSE)
    chosen = [each for each in found if warehouse_id in (None, key_of(each))]
    if not chosen and warehouse_id is not None:
        raise Unknown("warehouse", warehouse_id)
    return chosen


def key_of(warehouse: Record) -> str:
    """As the packaged pull of inventory has it."""
    return first_text(warehouse["code"], warehouse["name"]) or warehouse["id"]


def lying(
    system: Tryton, records: Sequence[Record], places: Sequence[Record], today: date
) -> dict[str, dict[str, Lying]]:
    """By number of the product and of the warehouse."""
    found: dict[str, dict[str, Lying]] = defaultdict(dict)
    numbers = [int(each["id"]) for each in records]
    if not numbers:
        return found
    for warehouse in places:
        place = warehouse["id"]
        there = {
            "locations": [int(warehouse["storage_location"])],
            "with_childs": True,
            "stock_date_end": as_date(today),
        }
        on_hand = _quantities(system, numbers, there)
        free = _quantities(system, numbers, {**there, "stock_assign": True})
        incoming = _incoming(system, numbers, warehouse)
        projected = _projected(system, numbers, int(place), today)
        for record in records:
            number_ = record["id"]
            found[number_][place] = Lying(
                on_hand[number_], free[number_], incoming.get(number_, []), projected[number_]
            )
    return found


def _quantities(system: Tryton, numbers: Sequence[int], context: Mapping[str, object]) -> dict[str, Decimal]:
    records = system.find("product.product", numbered(numbers), ["quantity"], context=context)
    return {each["id"]: Decimal(each["quantity"]) for each in records}


def _incoming(system: Tryton, numbers: Sequence[int], warehouse: Record) -> dict[str, list[Incoming]]:
    """By product, what suppliers are to send to the warehouse, by day."""
    places = [int(warehouse[name]) for name in ("input_location", "storage_location")]
    domain = [
        ["product", "in", list(numbers)],
        ["from_location.type", "=", "supplier"],
        ["to_location", "child_of", places, "parent"],
        ["state", "in", ["draft", "assigned"]],
    ]
    by_day: dict[str, dict[date | None, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for move in system.find("stock.move", domain, _INCOMING):
        by_day[move["product"]][day(move["planned_date"])] += Decimal(move["internal_quantity"])
    return {
        number_: [Incoming(quantity=days[on], on=on) for on in sorted(days, key=lambda each: each or date.max)]
        for number_, days in by_day.items()
    }


def _projected(system: Tryton, numbers: Sequence[int], warehouse: int, today: date) -> dict[str, list[Projected]]:
    """By product, what Tryton expects to be in the warehouse today and on each later day on which that changes."""
    domain = [["date", ">=", as_date(today)]]
    context = {"product": list(numbers), "warehouse": warehouse}
    fields = ("product", "date", "quantity")
    found: dict[str, list[Projected]] = defaultdict(list)
    for each in system.find(_PROJECTION, domain, fields, order=(("date", "ASC"),), context=context):
        on = day(each["date"])
        assert on is not None
        found[each["product"].partition(",")[2]].append(Projected(on, Decimal(each["quantity"])))
    return found
