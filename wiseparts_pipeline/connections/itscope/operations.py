"""What is used of ITscope's API, version 2.1: each operation as its OpenAPI description has it.

A name is the description's `operationId`. What an operation can be asked with is checked before anything is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# The values that a parameter can have; none of them for any value.
Values = tuple[str, ...]

_PRODUCT_VIEWS: Values = ("developer", "developerUpdate", "standard", "standardUpdate")
_DATA: Values = ("xml", "json")
_YES_NO: Values = ("true", "false")
ARCHIVED, NOT_ARCHIVED = "ARCHIVED", "NOTARCHIVED"
_ARCHIVE: Values = (ARCHIVED, NOT_ARCHIVED)


@dataclass(frozen=True)
class Operation:
    """`path`: with the names of its parts in braces; `parts` and `query` have what they can be.

    `required`: what must be in the query. `languages`: how many `Accept-Language` names.
    """

    name: str
    path: str
    method: str = "GET"
    parts: Mapping[str, Values] = field(default_factory=dict)
    query: Mapping[str, Values] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    languages: Literal["none", "one", "several"] = "none"


QUOTA = Operation("quota", "info/quota")
DISTRIBUTORS = Operation(
    "queryDistributors", "company/distributor/{view}.{type}", parts={"view": ("company", "eservices"), "type": _DATA}
)
MANUFACTURERS = Operation(
    "queryManufacturers", "company/manufacturer/{view}.{type}", parts={"view": ("company", "eservices"), "type": _DATA}
)
PRODUCT_TYPES = Operation(
    "queryProductTypes", "products/producttypes/{view}.{type}", parts={"view": ("producttype",), "type": _DATA}
)
PRODUCTS = Operation(
    "queryProducts",
    "products/search/{filter}/{view}.{type}",
    parts={"filter": (), "view": _PRODUCT_VIEWS, "type": (*_DATA, "csv")},
    query={"realtime": _YES_NO, "plzproducts": _YES_NO, "page": ()},
    languages="several",
)
PRODUCTS_BY_IDS = Operation(
    "queryProductsByIds",
    "products/ids/{itscopeids}/{view}.{type}",
    parts={"itscopeids": (), "view": _PRODUCT_VIEWS, "type": (*_DATA, "csv")},
    query={"realtime": _YES_NO},
    # The description does not have the header here; there is no other way to tell the languages.
    languages="several",
)
EXPORT = Operation("export", "products/exports/{uuid}", parts={"uuid": ()})
SEND_ORDER = Operation("newDeal", "business/deals/purchase/send", method="POST")
PURCHASES = Operation(
    "getOrderList",
    "business/deals/purchase/{view}.{type}",
    parts={"view": ("deal",), "type": _DATA},
    query={"lastUpdateDateFrom": (), "lastUpdateDateTo": (), "archiv": _ARCHIVE, "page": ()},
    required=("archiv",),
)
SEARCH_PURCHASES = Operation(
    "searchOrders",
    "business/deals/purchase/search/{filter}/{view}.{type}",
    parts={"filter": (), "view": ("deal",), "type": _DATA},
    query={"lastUpdateDateFrom": (), "lastUpdateDateTo": (), "archiv": _ARCHIVE, "page": ()},
)
PURCHASE = Operation(
    "getDealByOrderId",
    "business/deals/{dealId}/{view}.{type}",
    parts={"dealId": (), "view": ("deal",), "type": (*_DATA, "pdf")},
)
ARCHIVE_PURCHASE = Operation("archiveDeal", "business/deals/archive/{dealId}", method="PUT", parts={"dealId": ()})
DOCUMENT = Operation(
    "getDocumentById",
    "business/documents/{transactionId}/{view}.{type}",
    parts={
        "transactionId": (),
        "view": ("QUOTATION", "ORDER", "ORDERRESPONSE", "DISPATCHNOTIFICATION", "INVOICE"),
        "type": ("xml", "pdf"),
    },
    languages="one",
)
VALIDATE = Operation("validate", "business/documents/validate", method="POST")
QUOTES = Operation(
    "getQuoteList",
    "business/quotes/{view}.{type}",
    parts={"view": ("quote",), "type": _DATA},
    query={"archiv": _ARCHIVE, "page": ()},
)

OPERATIONS = (
    QUOTA,
    DISTRIBUTORS,
    MANUFACTURERS,
    PRODUCT_TYPES,
    PRODUCTS,
    PRODUCTS_BY_IDS,
    EXPORT,
    SEND_ORDER,
    PURCHASES,
    SEARCH_PURCHASES,
    PURCHASE,
    ARCHIVE_PURCHASE,
    DOCUMENT,
    VALIDATE,
    QUOTES,
)
