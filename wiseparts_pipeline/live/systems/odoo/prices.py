"""What a customer of Odoo pays for a quantity."""

from collections.abc import Sequence
from decimal import Decimal

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.live.answers import Price
from wiseparts_pipeline.live.systems.odoo.customers import found_partner
from wiseparts_pipeline.live.systems.odoo.values import amount

BUYER = ("property_product_pricelist.name", "property_product_pricelist.currency_id.display_name")
ITEM = ("min_quantity", "product_id.id", "product_tmpl_id.id", "categ_id.parent_path")


def prices(system: Odoo, records: Sequence[Record], customer_id: str | None, quantity: Decimal) -> dict[str, Price]:
    """By number of the product: that of the customer's price list, or without a customer, the list price.

    None where Odoo tells no prices, as versions from 16 on do not.
    """
    if customer_id is None:
        return {
            each["id"]: _price(amount(each["lst_price"]), quantity, system.currency, None, None) for each in records
        }
    buyer = found_partner(system, customer_id, BUYER)
    listed = buyer["property_product_pricelist"]
    if not records or not listed.get("id") or not system.has("product.product", "price"):
        return {}
    numbers = [int(each["id"]) for each in records]
    context = {"pricelist": int(listed["id"]), "partner": int(buyer["id"]), "quantity": float(quantity)}
    found = system.find("product.product", [["id", "in", numbers]], ["price"], context=context)
    told = {each["id"]: amount(each["price"]) for each in found}
    # In the order in which Odoo looks for the one that applies.
    domain = [["pricelist_id", "=", int(listed["id"])], ["min_quantity", "<=", float(quantity)]]
    items = system.find("product.pricelist.item", domain, ITEM, order=_ORDER) if told else []
    currency = listed["currency_id"]["display_name"] or system.currency
    return {
        each["id"]: _price(told[each["id"]], quantity, currency, listed["name"], _break(each, items))
        for each in records
        if each["id"] in told
    }


_ORDER = "applied_on, min_quantity desc, categ_id desc, id desc"


def _price(each: Decimal, quantity: Decimal, currency: str, price_list: str | None, least: Decimal | None) -> Price:
    return Price(
        unit_price=each,
        net_amount=round(each * quantity, 2),
        quantity=quantity,
        currency=currency,
        price_list=price_list,
        quantity_break=least,
    )


def _break(record: Record, items: Sequence[Record]) -> Decimal | None:
    """The quantity from which the price is given, if it is one for many."""
    first = next((each for each in items if _applies(each, record)), None)
    return (amount(first["min_quantity"]) or None) if first else None


def _applies(item: Record, record: Record) -> bool:
    path = item["categ_id"]["parent_path"]
    return (
        item["product_id"]["id"] in (None, record["id"])
        and item["product_tmpl_id"]["id"] in (None, record["product_tmpl_id"]["id"])
        and (path is None or (record["categ_id"]["parent_path"] or "").startswith(path))
    )
