"""What people do in a running Tryton, and what it says of it."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Ask = Callable[..., Any]

# And not credit notes.
_INVOICES = (["type", "=", "out"], ["sequence_type_cache", "=", "invoice"])


def one(ask: Ask, model: str, *conditions: Sequence[object]) -> int:
    """The number of the first record that meets the conditions."""
    return int(ask(f"model.{model}.search", conditions, 0, 1, None)[0])


def day(value: date) -> dict[str, object]:
    return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}


def money(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


def invoice_again(ask: Ask, customer: str, overdue: list[int], today: date) -> None:
    """Posts the customer's paid invoice once more, for each of so many days that it is overdue."""
    paid = one(ask, "account.invoice", *_INVOICES, ["party.code", "=", customer], ["state", "=", "paid"])
    for days in overdue:
        (made,) = ask("model.account.invoice.copy", [paid])
        ask("model.account.invoice.write", [int(made)], {"invoice_date": day(today)})
        ask("model.account.invoice.post", [int(made)])
        origin = ["move.origin", "=", f"account.invoice,{made}"]
        line = one(ask, "account.move.line", origin, ["account.type.receivable", "=", True])
        ask("model.account.move.line.write", [line], {"maturity_date": day(today - timedelta(days=days))})


def pay(ask: Ask, customer: str, amount: str, currency: str, today: date) -> None:
    """Receives money for the customer's newest open invoice, by the wizard for that."""
    paid = {"amount": money(amount), "currency": one(ask, "currency.currency", ["code", "=", currency])}
    invoice = one(ask, "account.invoice", *_INVOICES, ["party.code", "=", customer], ["state", "=", "posted"])
    start = paid | {
        "payee": one(ask, "party.party", ["code", "=", customer]),
        "payment_method": one(ask, "account.invoice.payment.method"),
        "date": day(today),
    }
    session, *_ = ask("wizard.account.invoice.pay.create")
    about = {"active_model": "account.invoice", "active_id": invoice, "active_ids": [invoice]}
    told = ask("wizard.account.invoice.pay.execute", int(session), {"start": start}, "choice", **about)
    # What is not the whole amount is asked about.
    if "view" in told:
        answered = {"start": start, "ask": paid | {"type": "partial"}}
        ask("wizard.account.invoice.pay.execute", int(session), answered, "pay", **about)


def count(ask: Ask, sku: str, quantity: int) -> None:
    """Finds so many in the warehouse, which makes a move of what is missing."""
    line = {"product": one(ask, "product.product", ["code", "=", sku]), "quantity": quantity}
    place = one(ask, "stock.location", ["code", "=", "STO"])
    (made,) = ask("model.stock.inventory.create", [{"location": place, "lines": [["create", [line]]]}])
    ask("model.stock.inventory.confirm", [int(made)])


def stock(ask: Ask) -> dict[str, Decimal]:
    """What is in the warehouse, by product."""
    place = one(ask, "stock.location", ["code", "=", "STO"])
    products = ask(
        "model.product.product.search_read",
        [["active", "=", True]],
        0,
        None,
        None,
        ["code", "quantity"],
        locations=[place],
        with_childs=True,
    )
    return {each["code"]: Decimal(each["quantity"]) for each in products}


def receivable(ask: Ask) -> dict[str, Decimal]:
    """What customers owe, in euros."""
    parties = ask("model.party.party.search_read", [["code", "like", "C000%"]], 0, None, None, ["code", "receivable"])
    return {each["code"]: _amount(each["receivable"]) for each in parties}


def ageing(ask: Ask, today: date) -> dict[str, list[Decimal]]:
    """Tryton's aged balance in euros: in all, and overdue up to 30 days, 60, 90 and more, less what was paid."""
    names = ["balance", "term0", "term1", "term2", "term3"]
    # What is one day overdue is in the first term, which ends before the second.
    terms = {"date": day(today), "term1": 31, "term2": 61, "term3": 91, "unit": "day", "type": "customer"}
    found = ask("model.account.aged_balance.search_read", [], 0, None, None, ["party.code", *names], **terms)
    return {each["party."]["code"]: [_amount(each[name]) for name in names] for each in found}


def _amount(value: dict[str, str]) -> Decimal:
    return Decimal(value["decimal"])
