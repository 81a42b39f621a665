"""Customers of Odoo: who they are, what they owe and may still buy."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import Record, WithKeys
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.domains import with_codes
from wiseparts_pipeline.live.answers import Address, Answer, Contact, Customer, Financials
from wiseparts_pipeline.live.credit import financials
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.systems.odoo.values import amount, day, number, text

FINANCIALS = ("active", "sale_warn?", "credit_limit")
RECEIVABLE = ("amount_residual", "date_maturity", "date")
ORDERED = ("display_type", "product_uom_qty", "qty_invoiced", "price_total", "order_id.currency_rate")

_BLOCKING = "block"


def customer(system: Odoo, customer_id: str) -> Answer:
    """The columns are those that the packaged pull of customers fills."""
    found = _of(system, "customers", customer_id)
    if not found:
        raise Unknown("customer", customer_id)
    partner = found[0]
    term, price_list = partner["property_payment_term_id"], partner["property_product_pricelist"]
    return Customer.model_validate(
        dict(
            customer_id=partner["code"],
            name=text(partner["name"]) or partner["display_name"],
            legal_name=text(partner["name"]),
            tax_id=text(partner["vat"]),
            customer_group=text(partner["category"]),
            status=_status(partner),
            sales_rep_id=text(partner["user_id"]["login"]),
            price_list_id=text(price_list["name"]),
            price_list=text(price_list["name"]),
            currency=text(price_list["currency_id"]["display_name"]) or system.currency,
            payment_terms_days=term["days"],
            payment_terms=text(term["name"]),
            credit_limit=_limit(partner),
            email=text(partner["email"]),
            phone=text(partner["phone"]),
            mobile=text(partner["mobile"]),
            **_place(partner),
            language=(partner["lang"] or "").partition("_")[0] or None,
            created_on=day(partner["create_date"]),
            addresses=[_address(each) for each in _of(system, "addresses", customer_id)],
            contacts=[_contact(each) for each in _of(system, "contacts", customer_id)],
        )
    )


def customer_financials(system: Odoo, customer_id: str, today: date) -> Financials:
    """In the company's currency, as Odoo adds up what it calls `credit`."""
    partner = found_partner(system, customer_id, FINANCIALS)
    lines = _receivable(system, partner)
    owed = [each for each in lines if amount(each["amount_residual"]) > 0]
    due_days = [on for each in owed if (on := day(each["date_maturity"] or each["date"]))]
    late = [each for each in owed if (day(each["date_maturity"] or each["date"]) or today) < today]
    return financials(
        customer_id,
        system.currency,
        credit_limit=_limit(partner),
        balance=_sum(lines),
        overdue=_sum(late),
        committed=_committed(system, partner),
        oldest_due_on=min(due_days, default=None),
        blocked=_status(partner) != "active",
    )


def found_partner(system: Odoo, customer_id: str, fields: Sequence[str]) -> Record:
    """The company or person with the code; one that is not archived comes before others. Raises Unknown."""
    domain = ["|", ["is_company", "=", True], ["parent_id", "=", False], *with_codes("ref", [customer_id])]
    found = system.find("res.partner", domain, fields, limit=1, order="active desc, id")
    if not found:
        raise Unknown("customer", customer_id)
    return found[0]


def _receivable(system: Odoo, partner: Record) -> list[Record]:
    """The open lines that Odoo's `credit` is made of."""
    kind = (
        ["account_type", "=", "asset_receivable"]
        if system.has("account.move.line", "account_type")
        else ["account_internal_type", "=", "receivable"]
    )
    own = ["partner_id", "child_of", int(partner["id"])]
    posted = [["parent_state", "=", "posted"], ["reconciled", "=", False]]
    return system.find("account.move.line", [own, kind, *posted], RECEIVABLE)


def _committed(system: Odoo, partner: Record) -> Decimal:
    """What is ordered and not yet on an invoice, with tax; Odoo counts invoices that are not posted as well."""
    domain = [["order_id.partner_id", "child_of", int(partner["id"])], ["state", "in", ["sale", "done"]]]
    total = Decimal(0)
    for line in system.find("sale.order.line", domain, ORDERED):
        ordered = amount(line["product_uom_qty"])
        if line["display_type"] is None and ordered > 0:
            left = max(Decimal(0), ordered - amount(line["qty_invoiced"])) / ordered
            # Of the order's currency, so many are one of the company's.
            rate = amount(line["order_id"]["currency_rate"]) or Decimal(1)
            total += round(amount(line["price_total"]) * left / rate, 2)
    return total


def _sum(lines: Sequence[Record]) -> Decimal:
    return sum((amount(each["amount_residual"]) for each in lines), Decimal(0))


def _status(partner: Record) -> str:
    if not partner["active"]:
        return "closed"
    return "blocked" if partner["sale_warn"] == _BLOCKING else "active"


def _limit(partner: Record) -> Decimal | None:
    """Without a limit, it is 0."""
    return number(partner["credit_limit"]) or None


def _of(system: Odoo, entity: str, customer_id: str) -> list[Record]:
    pull = PullSettings(connection="live", entity=entity)
    return list(system.records(pull, WithKeys([customer_id], "customers")))


def _place(address: Record) -> dict[str, Any]:
    return {
        "street": "\n".join(line for name in ("street", "street2") if (line := text(address[name]))) or None,
        "city": text(address["city"]),
        "region": text(address["state_id"]["name"]),
        "postal_code": text(address["zip"]),
        "country_code": text(address["country_id"]["code"]),
    }


def _address(address: Record) -> Answer:
    return Address.model_validate(
        dict(
            address_id=address["id"],
            kind="shipping" if address["type"] == "delivery" else "billing",
            name=text(address["name"]) or text(address["commercial_partner_id"]["name"]),
            **_place(address),
        )
    )


def _contact(person: Record) -> Answer:
    return Contact.model_validate(
        {
            "contact_id": person["id"],
            "last_name": text(person["name"]),
            "job_title": text(person["function"]),
            "email": text(person["email"]),
            "phone": text(person["phone"]),
            "mobile": text(person["mobile"]),
        }
    )
