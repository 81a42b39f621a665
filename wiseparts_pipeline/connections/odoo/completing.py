"""What the records of some entities have besides what is read: what several of their values say together."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo.units import in_own_unit

# How Odoo calls lines with a product; before version 16, not at all.
_OF_PRODUCTS = (None, "product")
# In a term of payment, that days are counted from the day of the invoice.
_FROM_INVOICE = (None, "day_after_invoice_date", "days_after")
_NONE = (None, "0")


def completed(entity: str, records: list[Record], place: str) -> list[Record]:
    """The records of a page, completed in place; those that are none of the entity are left out."""
    match entity:
        case "customers":
            for each in records:
                each["category"] = next((name for one in _dicts(each["category_id"]) if (name := one["name"])), None)
                term = each["property_payment_term_id"]
                term["days"] = _days(_dicts(term.get("line_ids")))
        case "due_docs":
            for each in records:
                each["document"] = f"{each['move_id']['name']}/{each['id']}"
        case "sales":
            _complete_lines(records, "invoice_line_ids", "quantity", place)
            for each in records:
                for line in each["invoice_line_ids"]:
                    line["sale"] = _sale(line)
        case "quotes":
            # A cart of the web shop is no quote.
            records = [each for each in records if each["state"] != "draft" or each["website_id"]["id"] is None]
            _complete_lines(records, "order_line", "product_uom_qty", place)
        case "orders":
            _complete_lines(records, "order_line", "product_uom_qty", place)
            for each in records:
                each["delivered"] = _is_delivered(each["order_line"])
                each["order_line"] = _with_shipping(each["order_line"])
    return records


def _complete_lines(documents: Iterable[Record], lines: str, quantity: str, place: str) -> None:
    """Leaves out headings, notes and advance payments, and adds quantities and prices in the product's unit."""
    for document in documents:
        document[lines] = [
            line
            for line in _dicts(document[lines])
            if line["display_type"] in _OF_PRODUCTS and not line.get("is_downpayment")
        ]
        for line in document[lines]:
            where = f"{place}: {document['name']}, line {line['id']}"
            line["in_own_unit"] = in_own_unit(line, quantity, where)


def _sale(line: Record) -> Record:
    """The order that a line invoices, the first if there are several."""
    empty: Record = {"name": None, "warehouse_id": {"code": None, "name": None}}
    return next((order for each in _dicts(line["sale_line_ids"]) if (order := each["order_id"])["name"]), empty)


def _is_delivered(lines: Iterable[Record]) -> bool:
    """Whether all goods were delivered; of an order without goods, all services."""
    ordered = [line for line in lines if not line["is_delivery"] and Decimal(line["product_uom_qty"] or 0) > 0]
    goods = [line for line in ordered if line["product_id"]["type"] not in ("service", None)]
    wanted = goods or ordered
    return bool(wanted) and all(
        Decimal(line["qty_delivered"] or 0) >= Decimal(line["product_uom_qty"]) for line in wanted
    )


def _with_shipping(lines: list[Record]) -> list[Record]:
    """The lines with goods and services, of which the first has what shipping costs, and the tax on that."""
    others = [line for line in lines if not line["is_delivery"]]
    charges = [line for line in lines if line["is_delivery"]]
    if not others:
        others, charges = charges, []
    for line in others:
        line["shipping_amount"], line["tax_amount"] = None, line["price_tax"]
    if charges:
        first = others[0]
        first["shipping_amount"] = _sum(charges, "price_subtotal")
        first["tax_amount"] = _sum([first, *charges], "price_tax")
    return others


def _sum(records: Iterable[Record], field: str) -> str:
    return str(sum((Decimal(each[field] or 0) for each in records), Decimal(0)))


def _days(lines: list[Record]) -> str | None:
    """In days, if everything is due a number of days after the invoice; months have no number of days."""
    if len(lines) != 1:
        return None
    (line,) = lines
    if line["option"] not in _FROM_INVOICE or line["delay_type"] not in _FROM_INVOICE:
        return None
    if line["months"] not in _NONE or line["end_month"]:
        return None
    days = line["nb_days"] if line["nb_days"] is not None else line["days"]
    return str(days) if days is not None else None


def _dicts(value: Any) -> list[Record]:
    """The records of a list; none where it cannot be read."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
