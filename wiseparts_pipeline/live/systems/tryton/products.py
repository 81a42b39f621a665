"""Products of Tryton: what they cost a customer, where they lie, and from when they can be delivered."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.live.answers import Price, Product, Products, Stock
from wiseparts_pipeline.live.estimate import delivery_estimate, earliest
from wiseparts_pipeline.live.questions import ProductsQuestion
from wiseparts_pipeline.live.systems.tryton import prices, stock
from wiseparts_pipeline.live.systems.tryton.stock import Lying, key_of
from wiseparts_pipeline.live.systems.tryton.values import first_text, number, text

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

FIELDS: Mapping[str, Sequence[str]] = {"product.product": _PRODUCT, "purchase.product_supplier": ()}

# As many days as any supplier could need.
_LONGEST_LEAD_DAYS = 36500
_SECONDS_OF_A_DAY = 24 * 60 * 60


def products(system: Tryton, asked: ProductsQuestion, today: date) -> Products:
    domain = [["code", "in", list(asked.skus)], ["active", "in", [True, False]]]
    # Of those with the same code, one that is active counts, and of these the first.
    found: dict[str, Record] = {}
    for record in system.find("product.product", domain, _PRODUCT, order=(("active", "DESC"), ("id", "ASC"))):
        found.setdefault(record["code"], record)
    skus = dict.fromkeys(asked.skus)
    known = [found[sku] for sku in skus if sku in found]
    warehouses = stock.warehouses(system, asked.warehouse_id)
    price_of = prices.prices(system, known, asked.customer_id, asked.quantity, today)
    goods = [each for each in known if each["type"] != "service"]
    lying = stock.lying(system, goods, warehouses, today)
    return Products(
        items=[
            _product(each, warehouses, lying[each["id"]], price_of.get(each["id"]), asked.quantity, today)
            for each in known
        ],
        unknown=[sku for sku in skus if sku not in found],
    )


def _product(
    record: Record,
    warehouses: Sequence[Record],
    lying: Mapping[str, Lying],
    price: Price | None,
    quantity: Decimal,
    today: date,
) -> Product:
    lead_days = _lead_days(record)
    estimates, stocks = [], []
    for warehouse in warehouses:
        if here := lying.get(warehouse["id"]):
            stocks.append(
                Stock(
                    warehouse_id=key_of(warehouse),
                    warehouse=text(warehouse["name"]),
                    on_hand=here.on_hand,
                    free=here.free,
                    incoming=here.incoming,
                )
            )
            estimates.append(delivery_estimate(quantity, today, here.projected, lead_days))
    return Product(
        product_id=record["code"],
        sku=record["code"],
        name=first_text(record["name"], record["code"]) or "",
        unit=text(record["default_uom"]["symbol"]),
        status="active" if record["active"] else "discontinued",
        price=price,
        list_price=number(record["list_price_used"]),
        stock=stocks,
        delivery=earliest(estimates or [delivery_estimate(quantity, today, [], lead_days)]),
    )


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
