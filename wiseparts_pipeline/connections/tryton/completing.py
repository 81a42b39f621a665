"""What the records of some entities have besides what is read at once: of other documents and of their lists."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton.entities import ORIGINS, READINGS
from wiseparts_pipeline.connections.tryton.units import in_own_unit

# Reads the records of a model with these numbers, by number.
Lookup = Callable[[str, Sequence[str]], dict[str, Record]]

_MECHANISMS = ("phone", "mobile", "email")
_BARCODES = ("ean", "upc", "isbn")


def completed(entity: str, records: list[Record], lookup: Lookup, place: str) -> list[Record]:
    """The records of a page, completed in place: all of them have all fields, also those that lead to nothing."""
    if entity == "due_docs":
        for each in records:
            # It is reconciled whole or not at all, also where nothing of the reconciliation may be read.
            each["open_amount"] = "0" if each.get("reconciliation") else each["amount"]
    with_all(records, READINGS[entity].fields)
    match entity:
        case "customers":
            for each in records:
                _complete_customer(each)
        case "customer_branches":
            for each in records:
                found = _first_of_types(each.get("contact_mechanisms"), "value")
                each["mechanisms"] = {kind: found.get(kind) for kind in _MECHANISMS}
        case "contacts":
            # One with an odd number is the same seen from the other side.
            return [each for each in records if int(each["id"]) % 2 == 0]
        case "products":
            for each in records:
                codes = _first_of_types(each.get("identifiers"), "code")
                each["barcode"] = next((codes[kind] for kind in _BARCODES if kind in codes), None)
        case "sales":
            _complete_lines(records, place)
            _follow_sales(records, lookup)
        case "quotes" | "orders":
            _complete_lines(records, place)
            _follow(records, "origin", "opportunity", "sale.opportunity", lookup)
        case "due_docs":
            _follow(records, "move_origin", "invoice", "account.invoice", lookup)
            for each in records:
                number = each["invoice"]["number"] or each["move"]["number"] or "draft"
                each["document"] = f"{number}/{each['id']}"
    return records


def with_all(records: list[Record], fields: Iterable[str]) -> list[Record]:
    """The records with all of these fields, in dotted form: what they do not have is nothing."""
    for each in records:
        for path in fields:
            _have(each, path.split("."))
    return records


def _complete_customer(customer: Record) -> None:
    """The address of invoices, otherwise the first; how many days a payment may take; the first category."""
    addresses = [each for each in _dicts(customer.get("addresses")) if each.get("active") is not False]
    address = next((each for each in addresses if each.get("invoice")), addresses[0] if addresses else {})
    customer["address"] = address
    for path in READINGS["customers"].fields:
        if path.startswith("addresses."):
            _have(address, path.split(".")[1:])
    customer["category"] = next((each.get("name") for each in _dicts(customer.get("categories"))), None)
    term = customer["customer_payment_term"]
    term["days"] = _days(term)


def _days(term: Record) -> str | None:
    """In days, if everything is due at once and after a number of days or weeks; months have no number of days."""
    lines = _dicts(term.get("lines"))
    if len(lines) != 1:
        return None
    days = 0
    for delta in _dicts(lines[0].get("relativedeltas")):
        if any(delta.get(name) not in (None, "0") for name in ("months", "day", "month", "weekday")):
            return None
        days += int(Decimal(delta.get("days") or 0)) + 7 * int(Decimal(delta.get("weeks") or 0))
    return str(days)


def _complete_lines(documents: Iterable[Record], place: str) -> None:
    for document in documents:
        for line in _dicts(document.get("line_lines")):
            where = f"{place}: {document.get('number')}, line {line.get('id')}"
            line["in_own_unit"] = in_own_unit(line, where)


def _follow_sales(invoices: Sequence[Record], lookup: Lookup) -> None:
    """Each line gets the sale that it invoices."""
    lines = [line for invoice in invoices for line in _dicts(invoice.get("line_lines"))]
    _follow(lines, "origin", "sale_line", "sale.line", lookup)
    for line in lines:
        line["sale"] = line.pop("sale_line")["sale"]


def _follow(records: Sequence[Record], field: str, name: str, model: str, lookup: Lookup) -> None:
    """Each record gets, as `name`, the record of the model that a field refers to: `sale.line,5`."""
    wanted = {}
    for number, record in enumerate(records):
        kind, _, identity = str(record.get(field) or "").partition(",")
        if kind == model and identity.isdecimal():
            wanted[number] = identity
    found = lookup(model, sorted(set(wanted.values()), key=int)) if wanted else {}
    for number, record in enumerate(records):
        record[name] = dict(found.get(wanted.get(number, ""), {}))
        for path in ORIGINS[model]:
            _have(record[name], path.split("."))


def _have(record: Record, names: Sequence[str]) -> None:
    """Puts nothing where the record, or one that it refers to, does not have a field."""
    first, *others = names
    value = record.get(first)
    if isinstance(value, list):
        for each in value:
            if others and isinstance(each, dict):
                _have(each, others)
    elif others:
        record[first] = value if isinstance(value, dict) else {}
        _have(record[first], others)
    else:
        record.setdefault(first, None)


def _first_of_types(records: Any, value: str) -> dict[str, str]:
    """By type, the value of the first of them."""
    found: dict[str, str] = {}
    for each in _dicts(records):
        if each.get("active") is not False and each.get("type") and each.get(value):
            found.setdefault(each["type"], each[value])
    return found


def _dicts(value: Any) -> list[Record]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
