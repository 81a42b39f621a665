"""What products of Tryton cost a customer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.live.answers import Price
from wiseparts_pipeline.live.systems.tryton.customers import found_party
from wiseparts_pipeline.live.systems.tryton.values import as_date, numbered, text

_BUYER = ("sale_price_list.name", *(f"customer_currency.{name}" for name in ("code", "digits")))
_BREAK = ("product", "category", "quantity")

FIELDS: Mapping[str, Sequence[str]] = {
    "product.product": ("default_uom", "categories_all", "sale_price_uom"),
    "party.party": _BUYER,
    "product.price_list.line": _BREAK,
    "currency.currency": ("digits",),
}


@dataclass(frozen=True)
class _Buyer:
    """Whose price it is. `context`: what Tryton computes it by."""

    currency: Record
    price_list: Record | None
    context: dict[str, Any]


def prices(
    system: Tryton, records: Sequence[Record], customer_id: str | None, quantity: Decimal, today: date
) -> dict[str, Price]:
    """By number of the product; none where Tryton has none. Without a customer, that of the list."""
    buyer = _buyer(system, customer_id, today)
    unit_prices = _unit_prices(system, records, buyer, quantity)
    breaks = _breaks(system, records, buyer, quantity)
    return {
        product: Price(
            unit_price=unit_price,
            net_amount=round(unit_price * quantity, int(buyer.currency["digits"])),
            quantity=quantity,
            currency=buyer.currency["code"],
            price_list=text(buyer.price_list["name"]) if buyer.price_list else None,
            quantity_break=breaks.get(product),
        )
        for product, unit_price in unit_prices.items()
    }


def _buyer(system: Tryton, customer_id: str | None, today: date) -> _Buyer:
    """Without a customer, the price of the list, in the company's currency."""
    context: dict[str, Any] = {"sale_date": as_date(today)}
    currency, price_list = system.currency, None
    if customer_id is not None:
        party = found_party(system, customer_id, _BUYER)
        context["customer"] = int(party["id"])
        if party["customer_currency"]["code"]:
            currency = party["customer_currency"]
        if party["sale_price_list"]["name"]:
            price_list = party["sale_price_list"]
            context["price_list"] = int(price_list["id"])
    context["currency"] = int(currency["id"])
    return _Buyer(currency, price_list, context)


def _unit_prices(system: Tryton, records: Sequence[Record], buyer: _Buyer, quantity: Decimal) -> dict[str, Decimal]:
    """By number of the product, the price of one of its own units when so many are bought."""
    if not system.has("product.product", "sale_price_uom"):
        return {}
    by_unit: dict[int, list[int]] = defaultdict(list)
    for each in records:
        by_unit[int(each["default_uom"]["id"])].append(int(each["id"]))
    found = {}
    for unit, numbers in by_unit.items():
        context = {**buyer.context, "uom": unit, "quantity": float(quantity)}
        for each in system.find("product.product", numbered(numbers), ["sale_price_uom"], context=context):
            if each["sale_price_uom"] is not None:
                found[each["id"]] = Decimal(each["sale_price_uom"])
    return found


def _breaks(system: Tryton, records: Sequence[Record], buyer: _Buyer, quantity: Decimal) -> dict[str, Decimal]:
    """By number of the product, from which quantity the price holds that is asked for, where the list says so.

    The first line of a price list counts that is for the product, its category or any, and for no larger quantity.
    """
    if not buyer.price_list or not system.has("product.price_list.line"):
        return {}
    domain = [["price_list", "=", int(buyer.price_list["id"])]]
    order = (("sequence", "ASC"), ("id", "ASC"))
    lines = system.find("product.price_list.line", domain, _BREAK, order=order)
    lines = [each for each in lines if each["quantity"] is None or Decimal(each["quantity"]) <= abs(quantity)]
    if not any(each["quantity"] for each in lines):
        return {}
    in_category = _in_categories(system, records, {int(each["category"]) for each in lines if each["category"]})
    breaks = {}
    for record in records:
        number_ = record["id"]
        applied = next(
            (
                line
                for line in lines
                if line["product"] in (None, number_)
                and (line["category"] is None or number_ in in_category[int(line["category"])])
            ),
            None,
        )
        if applied and applied["quantity"]:
            breaks[number_] = Decimal(applied["quantity"])
    return breaks


def _in_categories(system: Tryton, records: Sequence[Record], categories: Iterable[int]) -> dict[int, set[str]]:
    """By category, which of the products are in it or in one below it."""
    numbers = [int(each["id"]) for each in records]
    found = {}
    for category in categories:
        domain = [*numbered(numbers), ["categories_all", "child_of", [category], "parent"]]
        found[category] = {each["id"] for each in system.find("product.product", domain, ["code"])}
    return found
