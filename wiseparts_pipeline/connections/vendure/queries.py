"""What is asked of the lists of Vendure's admin API, by entity."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.connections.pull import PullSettings

_PLACED = {"orderPlacedAt": {"isNull": False}}
_ADDRESS = "fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber"
_BRACKETED = re.compile(r"[\[`]([^\]`]+)[\]`]")


@dataclass(frozen=True)
class List:
    """One of Vendure's lists. `fields`: of an item. `key`: what it can be asked for by, as a field of an item.

    `changes`: the fields with the times that say when an item has changed. `only`: the filter of all requests.
    """

    name: str
    options: str
    fields: str
    page: int
    key: str
    changes: Sequence[str] = ("updatedAt",)
    only: dict[str, Any] = field(default_factory=dict)

    def query(self, more: Iterable[str] = ()) -> str:
        """The query for a page. `more`: dotted names of custom fields."""
        return f"""
            query {self.name}($options: {self.options}) {{
                globalSettings {{ serverConfig {{ moneyStrategyPrecision }} }}
                {self.name}(options: $options) {{
                    totalItems
                    items {{ id {self.fields} {" ".join(_nested(name) for name in more)} }}
                }}
            }}
        """

    def changed_since(self, moment: datetime) -> dict[str, Any]:
        """The filter for what has changed at a moment or later; `after` alone excludes the moment."""
        before = (moment.astimezone(UTC) - timedelta(milliseconds=1)).isoformat(timespec="milliseconds")
        return self._filter({"_or": [{name: {"after": before.replace("+00:00", "Z")}} for name in self.changes]})

    def with_keys(self, keys: Sequence[str]) -> dict[str, Any]:
        return self._filter({self.key: {"in": list(keys)}})

    def everything(self) -> dict[str, Any]:
        return self._filter({})

    def _filter(self, asked: dict[str, Any]) -> dict[str, Any]:
        parts = [part for part in (self.only, asked) if part]
        return parts[0] if len(parts) == 1 else {"_and": parts} if parts else {}


ORDERS = List(
    name="orders",
    options="OrderListOptions",
    fields=f"""
        code type state active createdAt updatedAt orderPlacedAt currencyCode couponCodes
        subTotal subTotalWithTax shipping shippingWithTax total totalWithTax
        channels {{ code pricesIncludeTax }}
        customer {{ id title firstName lastName emailAddress phoneNumber }}
        shippingAddress {{ {_ADDRESS} }}
        billingAddress {{ {_ADDRESS} }}
        fulfillments {{ id state method }}
        lines {{
            id quantity orderPlacedQuantity taxRate
            unitPrice proratedUnitPrice proratedUnitPriceWithTax proratedLinePrice proratedLinePriceWithTax
            productVariant {{ id sku name }}
        }}
        surcharges {{ id sku description price priceWithTax taxRate }}
    """,
    page=100,
    key="code",
    # Placing an order does not move `updatedAt`.
    changes=("updatedAt", "orderPlacedAt"),
    only=_PLACED,
)
# Carts as well as what has become of them.
CARTS = List(
    name="orders",
    options="OrderListOptions",
    fields="""
        code customer { id emailAddress }
        history(options: {filter: {type: {eq: "ORDER_STATE_TRANSITION"}}}) {
            totalItems items { id createdAt type data }
        }
    """,
    page=100,
    key="code",
    changes=("updatedAt", "orderPlacedAt"),
)
CUSTOMERS = List(
    name="customers",
    options="CustomerListOptions",
    fields="""
        createdAt updatedAt title firstName lastName emailAddress phoneNumber
        user { id identifier verified lastLogin } groups { id name }
    """,
    page=200,
    key="emailAddress",
)
ADDRESSES = List(
    name="customers",
    options="CustomerListOptions",
    fields="""
        emailAddress
        addresses {
            id createdAt updatedAt fullName company streetLine1 streetLine2 city province postalCode
            country { code name } phoneNumber defaultShippingAddress defaultBillingAddress
        }
    """,
    page=200,
    key="emailAddress",
)
PRODUCTS = List(
    name="productVariants",
    options="ProductVariantListOptions",
    fields="""
        createdAt updatedAt languageCode sku name enabled price priceWithTax currencyCode
        product {
            id slug name description enabled featuredAsset { preview }
            facetValues { code name facet { code name } }
        }
        featuredAsset { preview }
        facetValues { code name facet { code name } }
        options { code name group { code name } }
    """,
    page=200,
    key="sku",
)
STOCK = List(
    name="productVariants",
    options="ProductVariantListOptions",
    fields="""
        sku enabled trackInventory outOfStockThreshold useGlobalOutOfStockThreshold
        stockLevels { id stockOnHand stockAllocated stockLocation { id name } }
    """,
    page=200,
    key="sku",
)

LISTS = {
    "orders": ORDERS,
    "online_activity": CARTS,
    "customers": CUSTOMERS,
    "addresses": ADDRESSES,
    "products": PRODUCTS,
    "inventory": STOCK,
}


def custom_fields(pull: PullSettings) -> list[str]:
    """The names of custom fields that the columns of a pull are made of, such as `customer.customFields.erpNumber`."""
    names: dict[str, None] = {}
    for column in pull.columns.values():
        rule = ColumnRule.model_validate(column)
        for name in (*rule.file_columns, *_BRACKETED.findall(rule.expression or "")):
            if "customFields" in name.split(".")[:-1]:
                names[name] = None
    return list(names)


def _nested(name: str) -> str:
    """`customer.customFields.erpNumber` as GraphQL has it."""
    first, _, rest = name.partition(".")
    return f"{first} {{ {_nested(rest)} }}" if rest else first
