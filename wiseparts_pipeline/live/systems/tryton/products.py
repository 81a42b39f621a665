"""Products of Tryton: what they cost a customer, where they lie, and from when they can be delivered."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.live.answers import Incoming, Price, Product, Products, Stock
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.estimate import Projected, delivery_estimate, earlier
from wiseparts_pipeline.live.questions import ProductsQuestion
from wiseparts_pipeline.live.systems.tryton.customers import found_party
from wiseparts_pipeline.live.systems.tryton.values import as_date, day, first_text, number, text

_PRODUCT = (
    "code",
    "name",
    "type",
    "active",
    "list_price_used",
    *(f"default_uom.{name}" for name in ("symbol", "category")),
    "purchasable",
    *(f"{of}product_suppliers.{name}" for of in ("", "template.") for name in ("lead_time_used", "sequence", "active")),
)
_BUYER = ("sale_price_list.name", *(f"customer_currency.{name}" for name in ("code", "digits")))
_WAREHOUSE = ("code", "name", "storage_location", "input_location")
_INCOMING = ("product", "internal_quantity", "planned_date")
_PROJECTION = "stock.product_quantities_warehouse"
_BREAK = ("product", "category", "quantity")

FIELDS: dict[str, tuple[str, ...]] = {
    "product.product": (*_PRODUCT, "sale_price_uom", "quantity"),
    "purchase.product_supplier": (),
    "party.party": _BUYER,
    "stock.location": _WAREHOUSE,
    "stock.move": _INCOMING,
    _PROJECTION: ("product", "date", "quantity"),
    "product.price_list.line": _BREAK,
    "currency.currency": ("digits",),
}

# As many days as any supplier could need.
_LONGEST_LEAD_DAYS = 36500
_SECONDS_OF_A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class _Buyer:
    """Whose price it is. `context`: what Tryton computes it by."""

    currency: Record
    price_list: Record | None
    context: dict[str, Any]


@dataclass
class _Lying:
    """What is known of a product in a warehouse."""

    on_hand: Decimal
    free: Decimal
    incoming: list[Incoming]
    projected: list[Projected]


def products(system: Tryton, asked: ProductsQuestion, today: date) -> Products:
    buyer = _buyer(system, asked.customer_id, today)
    domain = [["code", "in", list(asked.skus)], ["active", "in", [True, False]]]
    # Of those with the same code, one that is active counts, and of these the first.
    found: dict[str, Record] = {}
    for record in system.find("product.product", domain, _PRODUCT, order=(("active", "DESC"), ("id", "ASC"))):
        found.setdefault(record["code"], record)
    known = [found[sku] for sku in dict.fromkeys(asked.skus) if sku in found]
    unknown = [sku for sku in dict.fromkeys(asked.skus) if sku not in found]
    warehouses = _warehouses(system, asked.warehouse_id)
    if not known:
        return Products(items=[], unknown=unknown)
    prices = _prices(system, known, buyer, asked.quantity)
    breaks = _breaks(system, known, buyer, asked.quantity)
    lying = _lying(system, [each for each in known if each["type"] != "service"], warehouses, today)
    made = [
        _product(each, warehouses, lying[each["id"]], asked.quantity, today).model_copy(
            update={"price": _price(prices.get(each["id"]), breaks.get(each["id"]), buyer, asked.quantity)}
        )
        for each in known
    ]
    return Products(items=made, unknown=unknown)


def _product(
    record: Record, warehouses: Sequence[Record], lying: Mapping[str, _Lying], quantity: Decimal, today: date
) -> Product:
    lead_days = _lead_days(record)
    estimate, stock = delivery_estimate(quantity, today, [], lead_days), []
    for warehouse in warehouses:
        if here := lying.get(warehouse["id"]):
            stock.append(
                Stock(
                    warehouse_id=_key(warehouse),
                    warehouse=text(warehouse["name"]),
                    on_hand=here.on_hand,
                    free=here.free,
                    incoming=here.incoming,
                )
            )
            estimate = earlier(estimate, delivery_estimate(quantity, today, here.projected, lead_days))
    return Product(
        product_id=record["code"],
        sku=record["code"],
        name=first_text(record["name"], record["code"]) or "",
        unit=text(record["default_uom"]["symbol"]),
        status="active" if record["active"] else "discontinued",
        price=None,
        list_price=number(record["list_price_used"]),
        stock=stock,
        delivery=estimate,
    )


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


def _prices(system: Tryton, records: Sequence[Record], buyer: _Buyer, quantity: Decimal) -> dict[str, Decimal]:
    """By number of the product, the price of one of its own units when so many are bought."""
    if not system.has("product.product", "sale_price_uom"):
        return {}
    by_unit: dict[int, list[int]] = defaultdict(list)
    for each in records:
        by_unit[int(each["default_uom"]["id"])].append(int(each["id"]))
    prices = {}
    for unit, numbers in by_unit.items():
        context = {**buyer.context, "uom": unit, "quantity": float(quantity)}
        for each in system.find("product.product", _numbered(numbers), ["sale_price_uom"], context=context):
            if each["sale_price_uom"] is not None:
                prices[each["id"]] = Decimal(each["sale_price_uom"])
    return prices


def _price(unit_price: Decimal | None, from_quantity: Decimal | None, buyer: _Buyer, quantity: Decimal) -> Price | None:
    if unit_price is None:
        return None
    return Price(
        unit_price=unit_price,
        net_amount=round(unit_price * quantity, int(buyer.currency["digits"])),
        quantity=quantity,
        currency=buyer.currency["code"],
        price_list=buyer.price_list["name"] if buyer.price_list else None,
        quantity_break=from_quantity,
    )


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
        domain = [*_numbered(numbers), ["categories_all", "child_of", [category], "parent"]]
        found[category] = {each["id"] for each in system.find("product.product", domain, ["code"])}
    return found


def _warehouses(system: Tryton, warehouse_id: str | None) -> list[Record]:
    """Those that are asked for. Raises Unknown."""
    found = system.find("stock.location", [["type", "=", "warehouse"]], _WAREHOUSE)
    chosen = [each for each in found if warehouse_id in (None, _key(each))]
    if not chosen and warehouse_id is not None:
        raise Unknown("warehouse", warehouse_id)
    return chosen


def _key(warehouse: Record) -> str:
    """As the packaged pull of inventory has it."""
    return first_text(warehouse["code"], warehouse["name"]) or warehouse["id"]


def _lying(
    system: Tryton, records: Sequence[Record], warehouses: Sequence[Record], today: date
) -> dict[str, dict[str, _Lying]]:
    """By number of the product and of the warehouse."""
    found: dict[str, dict[str, _Lying]] = defaultdict(dict)
    numbers = [int(each["id"]) for each in records]
    if not numbers:
        return found
    for warehouse in warehouses:
        place = warehouse["id"]
        there = {
            "locations": [int(warehouse["storage_location"])],
            "with_childs": True,
            "stock_date_end": as_date(today),
        }
        on_hand = _quantities(system, numbers, there)
        free = _quantities(system, numbers, {**there, "stock_assign": True})
        incoming = _incoming(system, numbers, warehouse)
        projected = _projected(system, numbers, int(place), today)
        for record in records:
            number_ = record["id"]
            found[number_][place] = _Lying(
                on_hand[number_], free[number_], incoming.get(number_, []), projected[number_]
            )
    return found


def _quantities(system: Tryton, numbers: Sequence[int], context: Mapping[str, object]) -> dict[str, Decimal]:
    records = system.find("product.product", _numbered(numbers), ["quantity"], context=context)
    return {each["id"]: Decimal(each["quantity"]) for each in records}


def _incoming(system: Tryton, numbers: Sequence[int], warehouse: Record) -> dict[str, list[Incoming]]:
    """By product, what suppliers are to send to the warehouse, by day."""
    places = [int(warehouse[name]) for name in ("input_location", "storage_location")]
    domain = [
        ["product", "in", list(numbers)],
        ["from_location.type", "=", "supplier"],
        ["to_location", "child_of", places, "parent"],
        ["state", "in", ["draft", "assigned"]],
    ]
    by_day: dict[str, dict[date | None, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for move in system.find("stock.move", domain, _INCOMING):
        by_day[move["product"]][day(move["planned_date"])] += Decimal(move["internal_quantity"])
    return {
        number_: [Incoming(quantity=days[on], on=on) for on in sorted(days, key=lambda each: each or date.max)]
        for number_, days in by_day.items()
    }


def _projected(system: Tryton, numbers: Sequence[int], warehouse: int, today: date) -> dict[str, list[Projected]]:
    """By product, what Tryton expects to be in the warehouse today and on each later day on which that changes."""
    domain = [["date", ">=", as_date(today)]]
    context = {"product": list(numbers), "warehouse": warehouse}
    fields = ("product", "date", "quantity")
    found: dict[str, list[Projected]] = defaultdict(list)
    for each in system.find(_PROJECTION, domain, fields, order=(("date", "ASC"),), context=context):
        on = day(each["date"])
        assert on is not None
        found[each["product"].partition(",")[2]].append(Projected(on, Decimal(each["quantity"])))
    return found


def _lead_days(record: Record) -> int | None:
    """Of the first supplier, in whole days; None for what is not bought, or if nobody knows.

    The suppliers of a variant come before those of all variants.
    """
    if not record["purchasable"]:
        return None
    for suppliers in (record["product_suppliers"], record["template"]["product_suppliers"]):
        used = [each for each in suppliers if each["active"] is not False]
        if used:
            first = min(used, key=lambda each: (int(each["sequence"] or 0), int(each["id"])))
            seconds = number(first["lead_time_used"])
            return None if seconds is None else min(math.ceil(seconds / _SECONDS_OF_A_DAY), _LONGEST_LEAD_DAYS)
    return None


def _numbered(numbers: Iterable[int]) -> list[Any]:
    return [["id", "in", list(numbers)], ["active", "in", [True, False]]]
