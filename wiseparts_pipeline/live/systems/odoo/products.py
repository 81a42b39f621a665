"""Products of Odoo: their prices for a customer, stock and delivery."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.domains import with_codes
from wiseparts_pipeline.live.answers import Price, Product, Products, Stock
from wiseparts_pipeline.live.estimate import delivery_estimate, earliest
from wiseparts_pipeline.live.questions import ProductsQuestion
from wiseparts_pipeline.live.systems.odoo import prices, stock
from wiseparts_pipeline.live.systems.odoo.stock import Lying
from wiseparts_pipeline.live.systems.odoo.values import number, text

PRODUCT = (
    "default_code",
    "name",
    "active",
    "type",
    "lst_price",
    "purchase_ok",
    "uom_id.display_name",
    "product_tmpl_id.id",
    "categ_id.parent_path",
    *(f"seller_ids.{name}" for name in ("sequence", "delay", "product_id.id")),
)


def products(system: Odoo, asked: ProductsQuestion, today: date) -> Products:
    """Of several products with a code, one that is not archived."""
    found: dict[str, Record] = {}
    codes = list(dict.fromkeys(asked.skus))
    for record in system.find("product.product", with_codes("default_code", codes), PRODUCT, order="active desc, id"):
        found.setdefault(record["code"], record)
    known = [found[code] for code in codes if code in found]
    price_of = prices.prices(system, known, asked.customer_id, asked.quantity)
    goods = [each for each in known if each["type"] != "service"]
    lying = [
        (place, stock.lying(system, goods, place, today)) for place in stock.warehouses(system, asked.warehouse_id)
    ]
    return Products(
        items=[_product(each, lying, price_of.get(each["id"]), asked.quantity, today) for each in known],
        unknown=[code for code in codes if code not in found],
    )


def _product(
    record: Record,
    lying: Sequence[tuple[Record, Mapping[str, Lying]]],
    price: Price | None,
    quantity: Decimal,
    today: date,
) -> Product:
    lead_days = _lead_days(record)
    estimates, stocks = [], []
    for place, by_product in lying:
        if here := by_product.get(record["id"]):
            stocks.append(
                Stock(
                    warehouse_id=place["code"],
                    warehouse=text(place["name"]),
                    on_hand=here.on_hand,
                    free=here.free,
                    incoming=here.incoming,
                )
            )
            estimates.append(delivery_estimate(quantity, today, here.projected, lead_days))
    return Product(
        product_id=record["code"],
        sku=record["code"],
        name=text(record["name"]) or record["code"],
        unit=text(record["uom_id"]["display_name"]),
        status="active" if record["active"] else "discontinued",
        price=price,
        list_price=number(record["lst_price"]),
        stock=stocks,
        delivery=earliest(estimates or [delivery_estimate(quantity, today, [], lead_days)]),
    )


def _lead_days(record: Record) -> int | None:
    """Of the first supplier of the product; None for what is not bought, or if nobody knows."""
    suppliers = record["seller_ids"] if isinstance(record["seller_ids"], list) else []
    own = [each for each in suppliers if each["product_id"]["id"] in (None, record["id"])]
    if not record["purchase_ok"] or not own:
        return None
    return int(min(own, key=lambda each: (int(each["sequence"] or 0), int(each["id"])))["delay"] or 0)
