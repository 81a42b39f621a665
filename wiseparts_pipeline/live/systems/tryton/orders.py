"""Orders of Tryton, which are its sales that were confirmed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.connections.tryton.entities import READINGS, Domain
from wiseparts_pipeline.live.answers import Delivery, Order, OrderLine, OrderState, OrderStatus, Page
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import OrdersQuestion
from wiseparts_pipeline.live.systems.tryton.paging import NEWEST, newest_first, unit_of
from wiseparts_pipeline.live.systems.tryton.values import AMOUNTS, day, first_text, number, text

_ORDER = (
    "number",
    "reference",
    "state",
    "shipment_state",
    "sale_date",
    "party.code",
    "currency.code",
    *AMOUNTS,
    "lines.shipping_date",
    "invoices.number",
)
_SHIPMENT = ("number", "state", "planned_date", "effective_date", "shipping_reference")
_ORDER_WITH_LINES = (
    *_ORDER,
    *READINGS["orders"].fields,
    "line_lines.movable",
    *(f"line_lines.moves.{name}" for name in ("state", "internal_quantity", "to_location.type")),
    *(f"shipments.{name}" for name in _SHIPMENT),
)
FIELDS: Mapping[str, Sequence[str]] = {
    "sale.sale": _ORDER_WITH_LINES,
    "sale.line": ("shipping_date", "movable", "moves"),
    "stock.move": ("state", "internal_quantity", "to_location"),
    "stock.location": ("type",),
    "stock.shipment.out": _SHIPMENT,
}

_STILL_TO_SHIP = ("waiting", "partially shipped", "exception")
_OPEN: Domain = [
    "OR",
    ["state", "=", "confirmed"],
    [["state", "=", "processing"], ["shipment_state", "in", list(_STILL_TO_SHIP)]],
]
_DELIVERED = ("shipped", "done")


def orders(system: Tryton, asked: OrdersQuestion) -> Page[Order]:
    domain: Domain = [["party.code", "=", asked.customer_id], ["sale_date", "!=", None], *READINGS["orders"].domain]
    if asked.state == "open":
        domain.append(_OPEN)
    return newest_first(
        system,
        asked.customer_id,
        "sale.sale",
        domain,
        _ORDER,
        "sale_date",
        asked.cursor,
        _order,
        lambda order: asked.state in (None, order.state),
    )


def order(system: Tryton, order_id: str) -> Order:
    domain = [["number", "=", order_id], *READINGS["orders"].domain]
    fields = sorted(set(_ORDER_WITH_LINES))
    found = system.find("sale.sale", domain, fields, limit=1, order=NEWEST)
    if not found:
        raise Unknown("order", order_id)
    (record,) = system.completed("orders", found)
    short = _order(record)
    return short.model_copy(
        update={
            "lines": [_order_line(each, short.state) for each in record["line_lines"]],
            "deliveries": [_delivery(each) for each in record["shipments"]],
        }
    )


def _order(record: Record) -> Order:
    state: OrderState = "closed"
    if record["state"] == "confirmed" or (
        record["state"] == "processing" and record["shipment_state"] in _STILL_TO_SHIP
    ):
        state = "open"
    shipping = [on for each in record["lines"] if (on := day(each["shipping_date"]))]
    return Order(
        order_id=record["number"],
        customer_id=record["party"]["code"],
        reference=text(record["reference"]),
        status=_status(record["state"], record["shipment_state"]),
        state=state,
        ordered_on=day(record["sale_date"]),
        delivery_on=max(shipping, default=None),
        currency=record["currency"]["code"],
        net_amount=number(record["untaxed_amount"]),
        tax_amount=number(record["tax_amount"]),
        gross_amount=number(record["total_amount"]),
        invoices=[each["number"] for each in record["invoices"] if each["number"]],
    )


def _status(state: str, shipment_state: str) -> OrderStatus:
    """As the packaged pull of orders has it."""
    if shipment_state == "none" and state in ("draft", "quotation"):
        return "draft"
    if shipment_state == "none" and state == "cancelled":
        return "cancelled"
    if (state, shipment_state) in (("done", "none"), ("done", "sent"), ("processing", "sent")):
        return "shipped"
    return "confirmed"


def _order_line(line: Record, state: OrderState) -> OrderLine:
    """What is shipped is what has left for customers, less what came back; services are not shipped."""
    product, own = line["product"], line["in_own_unit"]
    ordered = number(own["quantity"])
    shipped = still = None
    if line["movable"] and ordered is not None:
        done = [each for each in line["moves"] if each["state"] == "done"]
        shipped = sum((_towards_customer(each) for each in done), Decimal(0))
        still = max(ordered - shipped, Decimal(0)) if state == "open" else Decimal(0)
    return OrderLine(
        line_no=int(line["id"]),
        sku=text(product["code"]),
        description=first_text(line["description"], product["name"]),
        ordered_quantity=ordered,
        shipped_quantity=shipped,
        open_quantity=still,
        unit=unit_of(line),
        unit_price=number(own["unit_price"]),
        net_amount=number(line["amount"]),
    )


def _towards_customer(move: Record) -> Decimal:
    quantity = Decimal(move["internal_quantity"])
    return quantity if move["to_location"]["type"] == "customer" else -quantity


def _delivery(shipment: Record) -> Delivery:
    state = shipment["state"]
    tracking = text(shipment["shipping_reference"])
    return Delivery(
        delivery_id=shipment["number"],
        status="shipped" if state in _DELIVERED else "cancelled" if state == "cancelled" else "planned",
        planned_on=day(shipment["planned_date"]),
        shipped_on=day(shipment["effective_date"]),
        tracking=[tracking] if tracking else [],
    )
