"""Orders of Odoo, which are its quotations that were confirmed."""

from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.entities import READINGS
from wiseparts_pipeline.live.answers import Delivery, Order, OrderLine, OrderState, OrderStatus, Page
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import OrdersQuestion
from wiseparts_pipeline.live.systems.odoo.customers import found_partner
from wiseparts_pipeline.live.systems.odoo.paging import newest_first
from wiseparts_pipeline.live.systems.odoo.values import amount, day, number, text

_SHIPMENT = ("name", "state", "scheduled_date", "date_done", "carrier_tracking_ref?", "picking_type_code?")
ORDER = (
    *READINGS["orders"].fields,
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "commitment_date",
    *(f"invoice_ids.{name}" for name in ("name", "state")),
    *(f"picking_ids.{name}" for name in _SHIPMENT),
)
_CONFIRMED = [
    ["state", "in", ["sale", "done", "cancel"]],
    "|",
    "|",
    ["state", "in", ["sale", "done"]],
    ["picking_ids", "!=", False],
    ["invoice_ids", "!=", False],
]


def orders(system: Odoo, asked: OrdersQuestion) -> Page[Order]:
    partner = found_partner(system, asked.customer_id, ("name",))
    domain = [["partner_id", "child_of", int(partner["id"])], *_CONFIRMED]
    return newest_first(
        system,
        "sale.order",
        domain,
        ORDER,
        "date_order",
        asked.cursor,
        lambda record: _order(system, record).model_copy(update={"lines": None, "deliveries": None}),
        lambda order: asked.state in (None, order.state),
    )


def order(system: Odoo, order_id: str) -> Order:
    found = system.find("sale.order", [["name", "=", order_id], *_CONFIRMED], ORDER, limit=1, order="id desc")
    if not found:
        raise Unknown("order", order_id)
    return _order(system, found[0])


def _order(system: Odoo, read: Record) -> Order:
    (record,) = system.completed("orders", [read])
    shipments = [each for each in _listed(record, "picking_ids") if each["picking_type_code"] in (None, "outgoing")]
    deliveries = [_delivery(each) for each in shipments]
    days = [on for each in deliveries if each.status != "cancelled" and (on := each.shipped_on or each.planned_on)]
    status = _status(record)
    state: OrderState = "open" if status == "confirmed" else "closed"
    return Order(
        order_id=record["name"],
        customer_id=record["partner_id"]["commercial_partner_id"]["code"],
        reference=text(record["client_order_ref"]),
        status=status,
        state=state,
        ordered_on=day(record["date_order"]),
        delivery_on=max(days, default=day(record["commitment_date"])),
        currency=record["currency_id"]["display_name"],
        net_amount=number(record["amount_untaxed"]),
        tax_amount=number(record["amount_tax"]),
        gross_amount=number(record["amount_total"]),
        invoices=[each["name"] for each in _listed(record, "invoice_ids") if each["state"] == "posted"],
        lines=[_line(each, state) for each in record["order_line"]],
        deliveries=deliveries,
    )


def _status(record: Record) -> OrderStatus:
    if record["state"] == "cancel":
        return "cancelled"
    return "shipped" if record["delivered"] else "confirmed"


def _line(line: Record, state: OrderState) -> OrderLine:
    product, own = line["product_id"], line["in_own_unit"]
    ordered = number(own["quantity"])
    shipped = _shipped(line, ordered)
    still = None
    if ordered is not None and shipped is not None:
        still = max(ordered - shipped, Decimal(0)) if state == "open" else Decimal(0)
    return OrderLine(
        line_no=int(line["id"]),
        sku=text(product["code"]),
        description=text(line["name"]) or text(product["name"]),
        ordered_quantity=ordered,
        shipped_quantity=shipped,
        open_quantity=still,
        unit=text(product["uom_id"].get("display_name")),
        unit_price=number(own["unit_price"]),
        net_amount=number(line["price_subtotal"]),
    )


def _shipped(line: Record, ordered: Decimal | None) -> Decimal | None:
    """In the product's own unit, as the quantity that was ordered; a service is not shipped."""
    quantity = amount(line["product_uom_qty"])
    if line["product_id"]["type"] in ("service", None) or ordered is None or not quantity:
        return None
    return round(amount(line["qty_delivered"]) * ordered / quantity, 6)


def _delivery(shipment: Record) -> Delivery:
    done = shipment["state"] == "done"
    tracking = text(shipment["carrier_tracking_ref"])
    return Delivery(
        delivery_id=shipment["name"],
        status="shipped" if done else "cancelled" if shipment["state"] == "cancel" else "planned",
        planned_on=day(shipment["scheduled_date"]),
        shipped_on=day(shipment["date_done"]) if done else None,
        tracking=[tracking] if tracking else [],
    )


def _listed(record: Record, field: str) -> list[Record]:
    """The records of a list; none where it cannot be read."""
    value = record[field]
    return value if isinstance(value, list) else []
