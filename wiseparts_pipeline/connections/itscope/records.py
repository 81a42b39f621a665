"""The records that pulls have, made of what ITscope answers about companies, kinds of products, and products."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wiseparts_pipeline.connections.base import Record

# The service is in Germany, and days are meant as they are there.
_ZONE = ZoneInfo("Europe/Berlin")
_PICTURES = ("imageHighRes1", "image2", "image3", "image4", "image5")
_DATASHEETS = ("standardPdfDatasheet", "standardHtmlDatasheet", "manufacturerDatasheet")
# What a product says of its best offer: offers are records of their own. And what is a sum over all suppliers.
_OF_OFFERS = (
    "supplierItem",
    "aggregatedStatus",
    "aggregatedStatusText",
    "aggregatedStock",
    "aggregatedSupplierItems",
    "price",
    "priceCalc",
    "priceCalcVat",
    "priceLastUpdate",
    "priceSupplierId",
    "priceSupplierItemId",
    "priceSupplierName",
    "priceSupplierSKU",
    "stock",
    "externalStock",
    "incomingStock",
    "stockAvailabilityDate",
    "stockLastUpdate",
    "stockStatus",
    "stockStatusText",
    "stockSupplierText",
    "historicalDataItem",
)


def product_of(product: Record) -> Iterator[Record]:
    """The product without its offers; its pictures, datasheets, accessories and attributes are one list each."""
    record = {name: value for name, value in product.items() if name not in _OF_OFFERS}
    record["pictures"] = _links(product, _PICTURES)
    record["datasheets"] = _links(product, _DATASHEETS)
    record["accessories"] = [
        {"puid": each.get("referencedProductId"), "type": each.get("type")} for each in _list(product, "accessory")
    ] or None
    record["attributes"] = {
        str(each["attributeTypeName"]): each.get("displayValue") or each.get("value")
        for each in _list(product, "attribute")
        if each.get("attributeTypeName")
    } or None
    record["entryDate"] = moment_of(product.get("entryDate"))
    yield record


def offers_of(product: Record) -> Iterator[Record]:
    """Each offer of a product."""
    for item in _list(product, "supplierItem"):
        yield {
            **item,
            "puid": product.get("puid"),
            "priceLastUpdate": moment_of(item.get("priceLastUpdate")),
            "lastStockUpdate": moment_of(item.get("lastStockUpdate")),
            "stockAvailabilityDate": day_of(item.get("stockAvailabilityDate")),
            **_lists_of_prices(item),
        }


def _lists_of_prices(item: Record) -> Mapping[str, Any]:
    """Those that are there: an update leaves them out, which does not mean that there are none."""
    lists: dict[str, Any] = {}
    if "scaledPriceInfo" in item:
        # Updates have a new price and no steps: these hold beside the price that they came with.
        beside = {"beside_price": item["price"]} if item.get("price") is not None else {}
        lists["scalePrices"] = [
            {"from_quantity": each.get("scale"), "price": each.get("price"), **beside}
            for each in _list(item, "scaledPriceInfo")
        ] or None
    if "project" in item:
        lists["projects"] = [
            {name: each[field] for field, name in _OF_PROJECTS.items() if field in each}
            for each in _list(item, "project")
        ] or None
    return lists


_OF_PROJECTS = {
    "manufacturerProjectId": "project_id",
    "supplierProjectId": "supplier_project_id",
    "projectName": "name",
    "endCustomer": "end_customer",
    "price": "price",
    "validFrom": "valid_from",
    "validTo": "valid_to",
    "remainingQuantity": "remaining_quantity",
    "minQuantity": "min_quantity",
}


def _list(record: Record, name: str) -> list[Record]:
    """The objects of a list; of one object, some write no list."""
    value = record.get(name)
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, dict)]


def _links(product: Record, names: tuple[str, ...]) -> list[str] | None:
    return list(dict.fromkeys(str(product[name]) for name in names if product.get(name))) or None


def moment_of(value: Any) -> Any:
    """A moment in one form; what is none stays as it is, to be rejected with its row."""
    return _in_form(value, lambda moment: moment.isoformat(timespec="seconds"))


def day_of(value: Any) -> Any:
    """The day of a moment."""
    return _in_form(value, lambda moment: moment.date().isoformat())


def _in_form(value: Any, written: Callable[[datetime], str]) -> Any:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    return written(moment.astimezone(_ZONE) if moment.tzinfo else moment.replace(tzinfo=_ZONE))
