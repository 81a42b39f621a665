"""The routes of master data, products, exports and the quota."""

from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from tests.connections.itscope.server.market import Value
from tests.connections.itscope.server.serving import NOTHING, Reply, Request, as_json, route

PAGE = 50
MOST_IDS = 50


@route("GET", r"/info/quota")
def quota(request: Request) -> Reply:
    account = request.market.accounts[request.account]
    told = {"limit": str(account.quota), "used": str(account.used), **account.plan}
    elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
    return Reply(200, f"<quota>{elements}</quota>".encode(), "application/xml")


@route("GET", r"/company/distributor/company\.json")
def suppliers(request: Request) -> Reply:
    return _all(request.market.suppliers)


@route("GET", r"/company/manufacturer/company\.json")
def manufacturers(request: Request) -> Reply:
    return _all(request.market.manufacturers)


@route("GET", r"/products/producttypes/producttype\.json")
def product_types(request: Request) -> Reply:
    return _all(request.market.product_types)


@route("GET", r"/products/search/(?P<filter>[^/]+)/(?P<view>\w+)\.json")
def search(request: Request) -> Reply:
    criteria = dict(part.partition("=")[::2] for part in request.parts["filter"].split(";"))
    found = []
    for product in request.market.products.values():
        if _is_free(product) and request.one("plzproducts", "false") != "true":
            continue
        for name, values in criteria.items():
            if name not in _CRITERIA:
                return Reply(400, f"unknown criterion {name}".encode())
            if not any(_CRITERIA[name](product, value) for value in values.split(",")):
                break
        else:
            found.append(product)
    page = int(request.one("page", "1"))
    return _products(found[(page - 1) * PAGE : page * PAGE], request)


@route("GET", r"/products/ids/(?P<ids>[^/]+)/(?P<view>\w+)\.json")
def by_ids(request: Request) -> Reply:
    ids = request.parts["ids"].split(",")
    if len(ids) > MOST_IDS or not all(each.isdecimal() for each in ids):
        return Reply(400, f"at most {MOST_IDS} ids, each a number".encode())
    products = request.market.products
    return _products([products[int(each)] for each in ids if int(each) in products], request)


@route("GET", r"/products/exports/(?P<uuid>[^/]+)")
def export(request: Request) -> Reply:
    content = request.market.exports.get(request.parts["uuid"])
    return Reply(404, b"Export not found") if content is None else Reply(200, content, "application/zip")


_CRITERIA: dict[str, Callable[[Value, str], bool]] = {
    "keywords": lambda product, value: value.lower() in product["productName"].lower(),
    "ean": lambda product, value: product.get("ean") == value,
    "manufacturersku": lambda product, value: product.get("manufacturerSKU") == value,
    "producttype": lambda product, value: str(product["productTypeId"]) == value,
    "distributor": lambda product, value: any(str(item["supplierId"]) == value for item in product["supplierItem"]),
    "distpid": lambda product, value: any(item.get("supplierSKU") == value for item in product["supplierItem"]),
}
# What the views for updates have: of a product and of its offers. The description does not say which.
_UPDATED = ("puid", "price", "priceCalc", "currencyCode", "priceLastUpdate", "stock", "stockStatus", "supplierItem")


def _is_free(product: Value) -> bool:
    """Whether it is outside the catalogue, an item of a supplier's price list."""
    return str(product["puid"]).endswith("999")


def _all(values: Sequence[Value]) -> Reply:
    return as_json(list(values)) if values else NOTHING


def _products(products: Sequence[Value], request: Request) -> Reply:
    if not products:
        return NOTHING
    told = [_in_view(each, request.parts["view"]) for each in products]
    if request.one("realtime", "false") == "true":
        told = [
            each
            | {"supplierItem": [item | request.market.realtime.get(item["id"], {}) for item in each["supplierItem"]]}
            for each in told
        ]
    return as_json({"product": told})


def _in_view(product: Value, view: str) -> Value:
    if not view.endswith("Update"):
        return product
    # What the description requires is there in every view.
    kept = {name: value for name, value in product.items() if name in _UPDATED or name in _REQUIRED}
    kept["supplierItem"] = [
        {name: value for name, value in item.items() if name not in _ONLY_IN_FULL} for item in product["supplierItem"]
    ]
    return kept


_REQUIRED = (
    "aggregatedStatus",
    "aggregatedStatusText",
    "aggregatedStock",
    "aggregatedSupplierItems",
    "deeplink",
    "entryDate",
    "manufacturerId",
    "productName",
    "productTypeGroupId",
    "productTypeGroupName",
    "productTypeId",
    "productTypeName",
    "puid",
    "standardHtmlDatasheet",
    "supplierItem",
)
_ONLY_IN_FULL = ("project", "scaledPriceInfo", "supplierPackagingInfo", "longDescription", "productName")


def product(puid: int, name: str, *items: Value, **more: Any) -> Value:
    """A product with what the description requires."""
    return {
        "puid": puid,
        "productName": name,
        "manufacturerId": 7,
        "productTypeId": 11,
        "productTypeName": "Bearings",
        "productTypeGroupId": "BRG",
        "productTypeGroupName": "Drive technology",
        "aggregatedStatus": 1,
        "aggregatedStatusText": "in stock",
        "aggregatedStock": sum(item.get("stock", 0) for item in items),
        "aggregatedSupplierItems": len(items),
        "deeplink": f"https://market.example.com/{puid}",
        "entryDate": "2026-01-02T03:04:05Z",
        "standardHtmlDatasheet": f"https://market.example.com/{puid}.html",
        "supplierItem": list(items),
        **more,
    }


def offer(number: int, supplier: int, **more: Any) -> Value:
    """An offer of a supplier with what the description requires."""
    return {
        "id": number,
        "supplierId": supplier,
        "conditionId": 1,
        "conditionName": "new",
        "eanValid": True,
        "eolProduct": False,
        "matchQuality": 100,
        "specialOffer": False,
        **more,
    }
