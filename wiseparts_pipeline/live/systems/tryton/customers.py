"""Customers of Tryton: who they are, what they owe and may still buy."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import Record, WithKeys
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.live.answers import Address, Answer, Contact, Customer, Financials
from wiseparts_pipeline.live.credit import financials
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.systems.tryton.values import day, first_text, number, text

_ALSO_INACTIVE = ["active", "in", [True, False]]
_FINANCIALS = ("active", "currency.code", "receivable", "credit_amount", "credit_limit_amount")
_LINES = ("debit", "credit", "maturity_date", "move_origin", "invoice_payment")
# The module that adds orders to `credit_amount`; it has no fields of its own that could be asked for.
_COUNTS_ORDERS = "sale_credit_limit"

FIELDS = {"party.party": _FINANCIALS, "account.move.line": _LINES, "ir.module": ("name", "state")}


def customer(system: Tryton, customer_id: str) -> Answer:
    """The columns are those that the packaged pull of customers fills."""
    found = _of(system, "customers", customer_id)
    if not found:
        raise Unknown("customer", customer_id)
    party = found[0]
    address, term, price_list = party["address"], party["customer_payment_term"], party["sale_price_list"]
    return Customer.model_validate(
        dict(
            customer_id=party["code"],
            name=first_text(party["name"], party["code"]),
            legal_name=text(party["name"]),
            tax_id=text(party["tax_identifier"]["code"]),
            customer_group=text(party["category"]),
            status="active" if party["active"] else "closed",
            price_list_id=text(price_list["name"]),
            price_list=text(price_list["name"]),
            currency=first_text(party["customer_currency"]["code"], party["company"]["currency"]["code"]),
            payment_terms_days=term["days"],
            payment_terms=text(term["name"]),
            credit_limit=number(party["credit_limit_amount"]),
            email=text(party["email"]),
            phone=text(party["phone"]),
            mobile=text(party["mobile"]),
            **_place(address),
            language=text(party["lang"]["code"]),
            created_on=day(party["create_date"]),
            addresses=[_address(each) for each in _of(system, "addresses", customer_id)],
            contacts=[_contact(each) for each in _of(system, "contacts", customer_id)],
        )
    )


def customer_financials(system: Tryton, customer_id: str, today: date) -> Financials:
    """In the company's currency, as Tryton itself adds them up."""
    party = found_party(system, customer_id, _FINANCIALS)
    balance = number(party["receivable"]) or Decimal(0)
    used = number(party["credit_amount"])
    counts_orders = bool(
        system.find("ir.module", [["name", "=", _COUNTS_ORDERS], ["state", "=", "activated"]], ["name"])
    )
    overdue, oldest_due_on = _due(system, party["id"], today)
    return financials(
        customer_id,
        party["currency"]["code"] or system.currency["code"],
        credit_limit=number(party["credit_limit_amount"]),
        balance=balance,
        overdue=overdue,
        committed=used - balance if used is not None and counts_orders else None,
        oldest_due_on=oldest_due_on,
        blocked=not party["active"],
    )


def found_party(system: Tryton, customer_id: str, fields: tuple[str, ...]) -> Record:
    """Raises Unknown."""
    found = system.find("party.party", [["code", "=", customer_id], _ALSO_INACTIVE], fields, limit=1)
    if not found:
        raise Unknown("customer", customer_id)
    return found[0]


def _of(system: Tryton, entity: str, customer_id: str) -> list[Record]:
    pull = PullSettings(connection="live", entity=entity)
    return list(system.records(pull, WithKeys([customer_id], "customers")))


def _place(address: Record) -> dict[str, Any]:
    return {
        "street": text(address["street"]),
        "city": text(address["city"]),
        "region": text(address["subdivision"]["name"]),
        "postal_code": text(address["postal_code"]),
        "country_code": text(address["country"]["code"]),
    }


def _address(address: Record) -> Answer:
    """One that is used for both counts as one of shipping."""
    is_for_invoices = address["invoice"] and not address["delivery"]
    return Address.model_validate(
        dict(
            address_id=address["id"],
            kind="billing" if is_for_invoices else "shipping",
            name=first_text(address["party_name"], address["party"]["name"], address["rec_name"]),
            **_place(address),
        )
    )


def _contact(relation: Record) -> Answer:
    person = relation["to"]
    return Contact.model_validate(
        {
            "contact_id": relation["id"],
            "last_name": text(person["name"]),
            "job_title": text(relation["type"]["name"]),
            "email": text(person["email"]),
            "phone": text(person["phone"]),
            "mobile": text(person["mobile"]),
        }
    )


def _due(system: Tryton, party: str, today: date) -> tuple[Decimal, date | None]:
    """What of the open invoices was due before today, and the oldest day on which an open one is due.

    What was paid of an invoice is taken from what is due of it first; credit that is for no invoice settles none.
    """
    domain = [
        ["party", "=", int(party)],
        ["reconciliation", "=", None],
        ["account.type.receivable", "=", True],
        ["move.state", "=", "posted"],
    ]
    by_invoice: dict[str, list[Record]] = defaultdict(list)
    for page in system.pages("account.move.line", domain, _LINES):
        for line in page:
            by_invoice[_invoice_of(line)].append(line)
    overdue, days = Decimal(0), []
    for lines in by_invoice.values():
        owed = [each for each in lines if _amount(each) > 0]
        left = sum(map(_amount, lines), Decimal(0))
        later = sum((_amount(each) for each in owed if (day(each["maturity_date"]) or today) >= today), Decimal(0))
        overdue += max(Decimal(0), left - later)
        if left > 0:
            days += [due for each in owed if (due := day(each["maturity_date"]))]
    return overdue, min(days, default=None)


def _invoice_of(line: Record) -> str:
    """The invoice that a line is of, or that it pays; otherwise the line itself."""
    if paid := line["invoice_payment"]:
        return f"account.invoice,{paid}"
    origin = line["move_origin"] or ""
    return origin if origin.startswith("account.invoice,") else line["id"]


def _amount(line: Record) -> Decimal:
    return Decimal(line["debit"]) - Decimal(line["credit"])
