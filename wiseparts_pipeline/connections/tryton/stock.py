"""What is in stock and on order, per product and warehouse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton.entities import Domain


class Reader(Protocol):
    """Reads all records of a model that meet a domain, by number, page by page."""

    def pages(
        self, model: str, domain: Domain, fields: Sequence[str], size: int = ..., **context: object
    ) -> Iterator[list[Record]]: ...


@dataclass
class _Order:
    """What comes in of a product. `eta`: the first day of it."""

    quantity: Decimal
    eta: str | None


def stock(reader: Reader, domain: Domain, fields: Sequence[str], *, purchases: bool) -> Iterator[Record]:
    """A record for each product of the domain and each warehouse, also where there is none.

    What is assigned to shipments counts as gone. `purchases`: whether what comes in may be read.
    """
    warehouses = [
        each
        for page in reader.pages(
            "stock.location", [["type", "=", "warehouse"]], ["code", "name", "storage_location", "input_location"]
        )
        for each in page
    ]
    for warehouse in warehouses:
        coming = _on_order(reader, warehouse) if purchases else {}
        asked: dict[str, Any] = {
            "locations": [int(warehouse["storage_location"])],
            "with_childs": True,
            "stock_assign": True,
        }
        shown = {name: warehouse.get(name) for name in ("id", "code", "name")}
        for page in reader.pages("product.product", domain, [*fields, "quantity"], **asked):
            for product in page:
                order = coming.get(product["id"], _Order(Decimal(0), None))
                yield {
                    "warehouse": shown,
                    "quantity": product.pop("quantity"),
                    "on_order": {"quantity": str(order.quantity) if purchases else None, "eta": order.eta},
                    "product": product,
                }


def _on_order(reader: Reader, warehouse: Record) -> dict[str, _Order]:
    """By product, what suppliers are to send to the warehouse."""
    places = [int(warehouse[name]) for name in ("input_location", "storage_location")]
    domain: Domain = [
        ["from_location.type", "=", "supplier"],
        ["to_location", "child_of", places, "parent"],
        ["state", "in", ["draft", "assigned"]],
    ]
    found: dict[str, _Order] = {}
    for page in reader.pages("stock.move", domain, ["product", "internal_quantity", "planned_date"]):
        for move in page:
            order = found.setdefault(move["product"], _Order(Decimal(0), None))
            order.quantity += Decimal(move["internal_quantity"])
            days = [each for each in (order.eta, move.get("planned_date")) if each]
            order.eta = min(days) if days else None
    return found
