"""Invoices and credit notes of Odoo."""

from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.entities import READINGS
from wiseparts_pipeline.live.answers import Invoice, InvoiceLine, InvoiceState, Page
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import InvoicesQuestion
from wiseparts_pipeline.live.systems.odoo.customers import found_partner
from wiseparts_pipeline.live.systems.odoo.paging import newest_first
from wiseparts_pipeline.live.systems.odoo.values import amount, day, number, text

INVOICE = (
    "name",
    "move_type",
    "payment_state",
    "invoice_date",
    "invoice_date_due",
    "commercial_partner_id.code?",
    "currency_id.display_name",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "amount_residual",
)
_POSTED = [["move_type", "in", ["out_invoice", "out_refund", "out_receipt"]], ["state", "=", "posted"]]


def invoices(system: Odoo, asked: InvoicesQuestion) -> Page[Invoice]:
    partner = found_partner(system, asked.customer_id, ("name",))
    domain = [["commercial_partner_id", "=", int(partner["id"])], *_POSTED]
    if asked.since:
        domain.append(["invoice_date", ">=", asked.since.isoformat()])
    if asked.until:
        domain.append(["invoice_date", "<=", asked.until.isoformat()])
    return newest_first(
        system,
        "account.move",
        domain,
        INVOICE,
        "invoice_date",
        asked.cursor,
        _invoice,
        lambda invoice: asked.state in (None, invoice.state),
    )


def invoice(system: Odoo, invoice_id: str) -> Invoice:
    fields = sorted({*INVOICE, *READINGS["sales"].fields})
    found = system.find("account.move", [["name", "=", invoice_id], *_POSTED], fields, limit=1, order="id desc")
    if not found:
        raise Unknown("invoice", invoice_id)
    (record,) = system.completed("sales", found)
    lines = [_line(each, _sign(record)) for each in record["invoice_line_ids"]]
    return _invoice(record).model_copy(update={"lines": lines})


def _invoice(record: Record) -> Invoice:
    sign = _sign(record)
    total, left = amount(record["amount_total"]), amount(record["amount_residual"])
    return Invoice(
        invoice_id=record["name"],
        customer_id=record["commercial_partner_id"]["code"],
        document_type="credit_note" if sign < 0 else "invoice",
        issued_on=day(record["invoice_date"]),
        due_on=day(record["invoice_date_due"]),
        currency=record["currency_id"]["display_name"],
        net_amount=sign * amount(record["amount_untaxed"]) or Decimal(0),
        tax_amount=sign * amount(record["amount_tax"]) or Decimal(0),
        gross_amount=sign * total or Decimal(0),
        open_amount=sign * left or Decimal(0),
        state=_state(record, total, left),
    )


def _sign(record: Record) -> int:
    """Amounts of credit notes have none in Odoo."""
    return -1 if record["move_type"] == "out_refund" else 1


def _state(record: Record, total: Decimal, left: Decimal) -> InvoiceState:
    if left:
        return "open" if left == total else "part_paid"
    return "credited" if record["payment_state"] == "reversed" else "paid"


def _line(line: Record, sign: int) -> InvoiceLine:
    product, own = line["product_id"], line["in_own_unit"]
    return InvoiceLine(
        line_no=int(line["id"]),
        sku=text(product["code"]),
        description=text(line["name"]) or text(product["name"]),
        quantity=sign * amount(own["quantity"]) or Decimal(0),
        unit=text(product["uom_id"].get("display_name")),
        unit_price=number(own["unit_price"]),
        net_amount=sign * amount(line["price_subtotal"]) or Decimal(0),
        order_id=text(line["sale"]["name"]),
    )
