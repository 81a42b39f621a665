"""The records that pulls have, made of the items of Vendure's lists."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.vendure.admin_api import AdminApi

DEFAULT_CHANNEL = "__default_channel__"


def records_of(api: AdminApi, entity: str, item: Record) -> Iterator[Record]:
    """The records of an entity in an item. Raises UnexpectedAnswer."""
    try:
        match entity:
            case "orders":
                yield {**item, "lines": _lines(item)}
            case "addresses":
                owner = {name: value for name, value in item.items() if name not in ("addresses", "moneyUnit")}
                for address in item["addresses"] or []:
                    yield {**address, "customer": owner}
            case "online_activity":
                yield from _transitions(api, item)
            case _:
                yield item
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise api.not_promised(
            "orders" if entity == "online_activity" else entity,
            f"id {item['id']}",
            f"{error!r} in what should be there",
        ) from None


def _transitions(api: AdminApi, order: Record) -> Iterator[Record]:
    """The states that a cart or order has come into, each with its order."""
    history = order["history"]
    if int(history["totalItems"]) != len(history["items"]):
        raise api.not_promised(
            "orders", f"history of {order['code']}", f"has {len(history['items'])} of {history['totalItems']} entries"
        )
    about = {name: value for name, value in order.items() if name not in ("history", "moneyUnit")}
    for entry in history["items"]:
        yield {**entry, "order": about}


def _lines(order: Record) -> list[Record]:
    """The order's lines by id, each with what `counts` of it; then its surcharges as lines of their own.

    The first also has the shipping of the whole order.
    """
    placed, taxed = order["state"] == "Cancelled", _prices_include_tax(order)
    lines = [
        {**line, "counts": _as_placed(line, taxed) if placed else _as_is(line)}
        for line in sorted(order["lines"], key=_id)
    ]
    lines += [
        {"id": each["id"], "surcharge": each, "counts": _surcharge(each)}
        for each in sorted(order["surcharges"], key=_id)
    ]
    shipping, tax = int(order["shipping"]), int(order["shippingWithTax"]) - int(order["shipping"])
    for line in lines:
        line["counts"] |= {"shipping": str(shipping), "tax": str(int(line["counts"]["tax"]) + tax)}
        shipping = tax = 0
    return lines


def _as_is(line: Record) -> dict[str, Any]:
    net = int(line["proratedLinePrice"])
    return {
        "sku": line["productVariant"]["sku"],
        "description": line["productVariant"]["name"],
        "quantity": line["quantity"],
        "unitPrice": line["unitPrice"],
        "net": str(net),
        "tax": str(int(line["proratedLinePriceWithTax"]) - net),
    }


def _prices_include_tax(order: Record) -> bool:
    """Whether they do where the order was placed: all orders are also in the default channel."""
    channels = order["channels"]
    placed_in = [each for each in channels if each["code"] != DEFAULT_CHANNEL] or channels
    return any(each["pricesIncludeTax"] for each in placed_in)


def _as_placed(line: Record, taxed: bool) -> dict[str, Any]:
    """Of a cancelled order, whose lines have a quantity of 0, what was ordered: rounded by line, as Vendure does."""
    quantity, factor = int(line["orderPlacedQuantity"]), 1 + Decimal(line["taxRate"]) / 100
    net = gross = Decimal(quantity * int(line["proratedUnitPriceWithTax" if taxed else "proratedUnitPrice"]))
    if taxed:
        net = _whole(gross / factor)
    else:
        gross = _whole(net * factor)
    counts = {"quantity": line["orderPlacedQuantity"], "net": str(net), "tax": str(gross - net)}
    return _as_is(line) | counts


def _whole(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


def _surcharge(surcharge: Record) -> dict[str, Any]:
    net = int(surcharge["price"])
    return {
        "sku": surcharge["sku"],
        "description": surcharge["description"],
        "quantity": "1",
        "unitPrice": surcharge["price"],
        "net": str(net),
        "tax": str(int(surcharge["priceWithTax"]) - net),
    }


def _id(item: Record) -> tuple[int, str]:
    """Numbers in their order, and before ids of other kinds."""
    text: str = item["id"]
    return (len(text) if text.isdecimal() else 1_000, text)
