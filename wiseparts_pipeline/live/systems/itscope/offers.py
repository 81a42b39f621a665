"""What ITscope says of an offer at this moment, completed by what is stored of it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.live.offers import Row

_FIELDS: Mapping[str, str] = {
    "supplier_item_id": "id",
    "puid": "puid",
    "supplier_id": "supplierId",
    "supplier_name": "supplierName",
    "supplier_sku": "supplierSKU",
    "condition_id": "conditionId",
    "is_end_of_life": "eolProduct",
    "is_special_offer": "specialOffer",
    "availability_code": "stockStatus",
    "available_on": "stockAvailabilityDate",
    "stock": "stock",
    "external_stock": "externalStock",
    "incoming_stock": "incomingStock",
    "stock_updated_at": "lastStockUpdate",
    "price": "price",
    "currency": "currencyCode",
    "price_updated_at": "priceLastUpdate",
    "scale_prices": "scalePrices",
}
# In `supplierPackagingInfo`.
_PACKAGING: Mapping[str, str] = {
    "order_unit": "orderUnit",
    "content_unit": "contentUnit",
    "content_quantity": "numberContentUnitPerOrderUnit",
    "price_quantity": "priceQuantity",
    "min_order_qty": "minQuantity",
    "order_increment": "intervalQuantity",
    "packing_quantity": "supplierPackingQuantity",
}
# What changes seldom, and is left out of updates.
_SELDOM = ("supplier_name", "supplier_sku", "condition_id", "currency", *_PACKAGING)


def row_of(record: Record, stored: Row | None, place: str) -> Row:
    """The offer of a record of the pull of offers. Raises UnexpectedAnswer; `place`: how its message begins."""
    packaging = record.get("supplierPackagingInfo") or {}
    told: dict[str, Any] = {column: record[name] for column, name in _FIELDS.items() if name in record}
    told |= {column: packaging[name] for column, name in _PACKAGING.items() if name in packaging}
    try:
        row = Row.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnexpectedAnswer(f"{place}: {where} of an offer: {first['msg']}") from None
    if stored is None:
        return row
    row = row.model_copy(update={name: getattr(stored, name) for name in _SELDOM if told.get(name) is None})
    # Steps hold as long as the price beside which they stood.
    if "scale_prices" in told or (row.price, row.currency) != (stored.price, stored.currency):
        return row
    return row.model_copy(update={"scale_prices": stored.scale_prices})
