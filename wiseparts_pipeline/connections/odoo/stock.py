"""What is free in stock and on order, per product and warehouse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo.domains import Domain
from wiseparts_pipeline.connections.odoo.reader import Reader

_COMING = ["waiting", "confirmed", "partially_available", "assigned"]


@dataclass
class _Order:
    """What comes in of a product. `eta`: the first day of it."""

    quantity: Decimal
    eta: str | None


def stock(reader: Reader, domain: Domain, fields: Sequence[str]) -> Iterator[Record]:
    """A record for each product of the domain and each warehouse, also where there is none.

    What is reserved for deliveries counts as gone.
    """
    names = ["code", "name", "view_location_id.id"]
    places = [each for page in reader.pages("stock.warehouse", [["active", "=", True]], names) for each in page]
    for warehouse in places:
        location = int(warehouse["view_location_id"]["id"])
        coming = _on_order(reader, location)
        shown = {name: warehouse[name] for name in ("id", "code", "name")}
        for page in reader.pages("product.product", domain, fields, location=[location]):
            for product in page:
                order = coming.get(product["id"], _Order(Decimal(0), None))
                yield {
                    "warehouse": shown,
                    "quantity": product.pop("free_qty"),
                    "on_order": {"quantity": str(order.quantity), "eta": order.eta},
                    "product": product,
                }


def _on_order(reader: Reader, location: int) -> dict[str, _Order]:
    """By product, what suppliers are to send to the warehouse."""
    domain: Domain = [
        ["location_id.usage", "=", "supplier"],
        ["location_dest_id", "child_of", location],
        ["state", "in", _COMING],
    ]
    found: dict[str, _Order] = {}
    for page in reader.pages("stock.move", domain, ["product_id.id", "product_qty", "date"]):
        for move in page:
            order = found.setdefault(move["product_id"]["id"], _Order(Decimal(0), None))
            order.quantity += Decimal(move["product_qty"])
            days = [each[:10] for each in (order.eta, move["date"]) if each]
            order.eta = min(days) if days else None
    return found
