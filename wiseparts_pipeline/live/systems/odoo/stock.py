"""What lies in the warehouses of Odoo, what comes in, and what is expected to be there."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.live.answers import Incoming
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.estimate import Projected
from wiseparts_pipeline.live.systems.odoo.values import amount, day

WAREHOUSE = ("code", "name", "view_location_id.id")
QUANTITIES = ("qty_available", "free_qty")
MOVE = ("product_id.id", "product_qty", "date", "location_id.usage")

_COMING = ["waiting", "confirmed", "partially_available", "assigned"]


@dataclass
class Lying:
    """What is known of a product in a warehouse."""

    on_hand: Decimal
    free: Decimal
    incoming: list[Incoming]
    projected: list[Projected]


def warehouses(system: Odoo, warehouse_id: str | None) -> list[Record]:
    """Those that are asked for. Raises Unknown."""
    found = system.find("stock.warehouse", [["active", "=", True]], WAREHOUSE)
    chosen = [each for each in found if warehouse_id in (None, each["code"])]
    if not chosen and warehouse_id is not None:
        raise Unknown("warehouse", warehouse_id)
    return chosen


def lying(system: Odoo, records: Sequence[Record], place: Record, today: date) -> dict[str, Lying]:
    """By number of the product, what is known of it in the warehouse."""
    numbers = [int(each["id"]) for each in records]
    if not numbers:
        return {}
    location = int(place["view_location_id"]["id"])
    there = system.find("product.product", [["id", "in", numbers]], QUANTITIES, context={"location": [location]})
    inside = {end: [end, "child_of", location] for end in ("location_id", "location_dest_id")}
    coming = _moves(system, numbers, ["!", inside["location_id"], inside["location_dest_id"]])
    leaving = _moves(system, numbers, [inside["location_id"], "!", inside["location_dest_id"]])
    return {
        each["id"]: Lying(
            amount(each["qty_available"]),
            amount(each["free_qty"]),
            _incoming(coming[each["id"]]),
            _projected(amount(each["qty_available"]), coming[each["id"]], leaving[each["id"]], today),
        )
        for each in there
    }


def _moves(system: Odoo, numbers: Sequence[int], ends: Sequence[object]) -> dict[str, list[Record]]:
    """By product, the moves that are to be done."""
    domain = [["product_id", "in", list(numbers)], ["state", "in", _COMING], *ends]
    found: dict[str, list[Record]] = defaultdict(list)
    for move in system.find("stock.move", domain, MOVE):
        found[move["product_id"]["id"]].append(move)
    return found


def _incoming(moves: Sequence[Record]) -> list[Incoming]:
    """What suppliers are to send, by day."""
    by_day: dict[date | None, Decimal] = defaultdict(Decimal)
    for move in moves:
        if move["location_id"]["usage"] == "supplier":
            by_day[day(move["date"])] += amount(move["product_qty"])
    return [Incoming(quantity=by_day[on], on=on) for on in sorted(by_day, key=lambda each: each or date.max)]


def _projected(on_hand: Decimal, coming: Sequence[Record], leaving: Sequence[Record], today: date) -> list[Projected]:
    """What is there today and on each later day on which that changes; what is late moves today."""
    changes: dict[date, Decimal] = defaultdict(Decimal, {today: on_hand})
    for moves, sign in ((coming, 1), (leaving, -1)):
        for move in moves:
            changes[max(today, day(move["date"]) or today)] += sign * amount(move["product_qty"])
    total, found = Decimal(0), []
    for on in sorted(changes):
        total += changes[on]
        found.append(Projected(on, total))
    return found
