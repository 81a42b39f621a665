"""Invoices and credit notes of Tryton."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.connections.tryton.entities import READINGS, Domain
from wiseparts_pipeline.live.answers import Invoice, InvoiceLine, InvoiceState, Page
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import InvoicesQuestion
from wiseparts_pipeline.live.systems.tryton.paging import NEWEST, newest_first, unit_of
from wiseparts_pipeline.live.systems.tryton.values import AMOUNTS, as_date, day, first_text, number, text

_INVOICE = (
    "number",
    "state",
    "sequence_type_cache",
    "invoice_date",
    "party.code",
    "currency.code",
    *AMOUNTS,
    "amount_to_pay",
    "cancel_move",
    "reconciliation_lines.move_origin",
    "lines_to_pay.maturity_date",
)
FIELDS: Mapping[str, Sequence[str]] = {
    "account.invoice": _INVOICE,
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


def invoices(system: Tryton, asked: InvoicesQuestion) -> Page[Invoice]:
    domain: Domain = [["party.code", "=", asked.customer_id], *_POSTED, *_STATES_OF_INVOICES[asked.state]]
    if asked.since:
        domain.append(["invoice_date", ">=", as_date(asked.since)])
    if asked.until:
        domain.append(["invoice_date", "<=", as_date(asked.until)])
    return newest_first(
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
    found = system.find("account.invoice", [["number", "=", invoice_id], *_POSTED], fields, limit=1, order=NEWEST)
    if not found:
        raise Unknown("invoice", invoice_id)
    (record,) = system.completed("sales", found)
    return _invoice(record).model_copy(update={"lines": [_invoice_line(each) for each in record["line_lines"]]})


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
        unit=unit_of(line),
        unit_price=number(own["unit_price"]),
        net_amount=Decimal(line["amount"]),
        order_id=text(line["sale"]["number"]),
    )
