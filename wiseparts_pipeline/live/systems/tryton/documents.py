"""Invoices and orders of Tryton."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.connections.tryton.entities import READINGS, Domain
from wiseparts_pipeline.live.answers import (
    Delivery,
    Invoice,
    InvoiceLine,
    InvoiceState,
    Order,
    OrderLine,
    OrderState,
    OrderStatus,
    Page,
)
from wiseparts_pipeline.live.cursors import after, cursor_of
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import PAGE, InvoicesQuestion, OrdersQuestion
from wiseparts_pipeline.live.systems.tryton.customers import found_party
from wiseparts_pipeline.live.systems.tryton.values import as_date, day, first_text, number, text

_AMOUNTS = ("untaxed_amount", "tax_amount", "total_amount")
_INVOICE = (
    "number",
    "state",
    "sequence_type_cache",
    "invoice_date",
    "party.code",
    "currency.code",
    *_AMOUNTS,
    "amount_to_pay",
    "cancel_move",
    "reconciliation_lines.move_origin",
    "lines_to_pay.maturity_date",
)
_ORDER = (
    "number",
    "reference",
    "state",
    "shipment_state",
    "sale_date",
    "party.code",
    "currency.code",
    *_AMOUNTS,
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
FIELDS = {
    "account.invoice": _INVOICE,
    "sale.sale": _ORDER_WITH_LINES,
    "sale.line": ("shipping_date", "movable", "moves"),
    "stock.move": ("state", "internal_quantity", "to_location"),
    "stock.location": ("type",),
    "stock.shipment.out": _SHIPMENT,
    "account.move.line": ("maturity_date", "move_origin"),
}

# Posted once, also if they were taken back afterwards.
_POSTED: Domain = [
    ["type", "=", "out"],
    ["number", "!=", None],
    ["OR", ["state", "in", ["posted", "paid"]], [["state", "=", "cancelled"], ["cancel_move", "!=", None]]],
]
_STATES_OF_INVOICES: dict[InvoiceState | None, Domain] = {
    None: [],
    "open": [["state", "=", "posted"]],
    "part_paid": [["state", "=", "posted"]],
    "paid": [["state", "in", ["posted", "paid"]]],
    "credited": [["state", "in", ["paid", "cancelled"]]],
}
_STILL_TO_SHIP = ("waiting", "partially shipped", "exception")
_OPEN: Domain = [
    "OR",
    ["state", "=", "confirmed"],
    [["state", "=", "processing"], ["shipment_state", "in", list(_STILL_TO_SHIP)]],
]
_DELIVERED = ("shipped", "done")

Item = TypeVar("Item", Invoice, Order)


def invoices(system: Tryton, asked: InvoicesQuestion) -> Page[Invoice]:
    domain: Domain = [["party.code", "=", asked.customer_id], *_POSTED, *_STATES_OF_INVOICES[asked.state]]
    if asked.since:
        domain.append(["invoice_date", ">=", as_date(asked.since)])
    if asked.until:
        domain.append(["invoice_date", "<=", as_date(asked.until)])
    return _newest_first(
        system,
        asked.customer_id,
        "account.invoice",
        domain,
        _INVOICE,
        "invoice_date",
        asked.cursor,
        _invoice,
        lambda invoice: asked.state in (None, invoice.state),
    )


def invoice(system: Tryton, invoice_id: str) -> Invoice:
    fields = sorted({*_INVOICE, *READINGS["sales"].fields})
    found = system.find("account.invoice", [["number", "=", invoice_id], *_POSTED], fields, limit=1, order=_NEWEST)
    if not found:
        raise Unknown("invoice", invoice_id)
    (record,) = system.completed("sales", found)
    return _invoice(record).model_copy(update={"lines": [_invoice_line(each) for each in record["line_lines"]]})


def orders(system: Tryton, asked: OrdersQuestion) -> Page[Order]:
    domain: Domain = [["party.code", "=", asked.customer_id], ["sale_date", "!=", None], *READINGS["orders"].domain]
    if asked.state == "open":
        domain.append(_OPEN)
    return _newest_first(
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
    found = system.find("sale.sale", domain, fields, limit=1, order=_NEWEST)
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


_NEWEST = (("id", "DESC"),)


def _newest_first(
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
    on, key = after(cursor)
    found: list[Item] = []
    while True:
        beyond: Domain = []
        if on is not None and key is not None:
            beyond = [["OR", [by, "<", as_date(on)], [[by, "=", as_date(on)], ["id", "<", int(key)]]]]
        order = ((by, "DESC"), ("id", "DESC"))
        records = system.find(model, [*domain, *beyond], fields, limit=PAGE, order=order)
        if not records and cursor is None and on is None:
            found_party(system, customer_id, ("code",))
        for record in records:
            on, key = day(record[by]), record["id"]
            if wanted(item := made(record)):
                found.append(item)
            if len(found) == PAGE:
                return Page(items=found, cursor=cursor_of(on, str(key)))
        if len(records) < PAGE:
            return Page(items=found)


def _invoice(record: Record) -> Invoice:
    total, open_amount = Decimal(record["total_amount"]), Decimal(record["amount_to_pay"])
    due = [on for each in record["lines_to_pay"] if (on := day(each["maturity_date"]))]
    return Invoice(
        invoice_id=record["number"],
        customer_id=record["party"]["code"],
        document_type="credit_note" if record["sequence_type_cache"] == "credit_note" else "invoice",
        issued_on=day(record["invoice_date"]),
        due_on=max(due, default=None),
        currency=record["currency"]["code"],
        net_amount=number(record["untaxed_amount"]),
        tax_amount=number(record["tax_amount"]),
        gross_amount=total,
        open_amount=open_amount,
        state=_state(record, total, open_amount),
    )


def _state(record: Record, total: Decimal, open_amount: Decimal) -> InvoiceState:
    if open_amount:
        return "open" if open_amount == total else "part_paid"
    if record["state"] == "cancelled":
        return "credited"
    own = f"account.invoice,{record['id']}"
    settled_by = [each["move_origin"] or "" for each in record["reconciliation_lines"]]
    by_credit = settled_by and all(each.startswith("account.invoice,") and each != own for each in settled_by)
    return "credited" if total > 0 and by_credit else "paid"


def _invoice_line(line: Record) -> InvoiceLine:
    product, own = line["product"], line["in_own_unit"]
    return InvoiceLine(
        line_no=int(line["id"]),
        sku=text(product["code"]),
        description=first_text(line["description"], product["name"]),
        quantity=number(own["quantity"]),
        unit=_unit(line),
        unit_price=number(own["unit_price"]),
        net_amount=Decimal(line["amount"]),
        order_id=text(line["sale"]["number"]),
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
        unit=_unit(line),
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


def _unit(line: Record) -> str | None:
    """The one in which quantity and price are: the product's own."""
    return first_text(line["product"]["default_uom"]["symbol"], line["unit"]["symbol"])
