"""Tries with a real account what nothing else can prove: how the service itself answers.

Each step says what came, and one that fails does not keep the others from being tried, unless nothing more may be sent.
All only read, besides those of an order to the test supplier, which can be left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import Blocked, LoginRefused
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.operations import (
    DISTRIBUTORS,
    MANUFACTURERS,
    PRODUCT_TYPES,
    PRODUCTS,
    PURCHASES,
    QUOTES,
)
from wiseparts_pipeline.connections.itscope.quota import contract
from wiseparts_pipeline.connections.itscope.trying.order import NotTried, Trial, Writing
from wiseparts_pipeline.errors import WisepartsError

_KEYWORDS = "notebook"


@dataclass(frozen=True)
class Tried:
    """What a step found; `failed`: whether the service did not do what is expected of it."""

    step: str
    found: str
    failed: bool = False


@dataclass
class _Seen:
    """What later steps need of earlier ones."""

    product: Record = field(default_factory=dict)


def try_service(client: Client, write: Writing | None = None) -> Iterator[Tried]:
    """The steps in turn, each with one or two requests; an order to the test supplier if there is how to write one."""
    seen = _Seen()
    steps: dict[str, Callable[[], str]] = {step: partial(ask, client, seen) for step, ask in _STEPS.items()}
    if write is not None:
        steps |= Trial(client, write).steps
    for step, found in steps.items():
        try:
            yield Tried(step, found())
        except NotTried as error:
            yield Tried(step, f"not tried: {error}")
        except (Blocked, LoginRefused) as error:
            yield Tried(step, str(error), failed=True)
            return
        except WisepartsError as error:
            yield Tried(step, str(error), failed=True)


def _quota(client: Client, seen: _Seen) -> str:
    return contract(client)


def _master_data(client: Client, seen: _Seen) -> str:
    asked = (
        (DISTRIBUTORS, "company", "company"),
        (MANUFACTURERS, "company", "company"),
        (PRODUCT_TYPES, "producttype", "productType"),
    )
    counts = [len(client.records(each, name, client.json(each, {"view": view}))) for each, view, name in asked]
    return "{:,} suppliers, {:,} manufacturers, {:,} kinds of products".format(*counts)


def _search(client: Client, seen: _Seen) -> str:
    found = client.search(PRODUCTS, "product", {"keywords": _KEYWORDS}, "standard")
    seen.product = next(found, {})
    if not seen.product:
        return f"nothing with the keyword {_KEYWORDS}"
    offers = client.records(PRODUCTS, "supplierItem", seen.product)
    priced = sum("price" in offer for offer in offers)
    fields = _fields(seen.product)
    return f"product {seen.product.get('puid')}, {len(offers)} offers, {priced} with a price; fields: {fields}"


def _slash(client: Client, seen: _Seen) -> str:
    """Whether a slash has to be quoted twice shows in the number of requests."""
    before = client.requests
    found = next(client.search(PRODUCTS, "product", {"keywords": "a/b"}, "standard"), None)
    return f"{'something' if found else 'nothing'} found with {client.requests - before} requests"


def _update(client: Client, seen: _Seen) -> str:
    puid = seen.product.get("puid")
    if not puid:
        raise NotTried("there is no product")
    found = list(client.products([str(puid)], "standardUpdate"))
    offers = [offer for product in found for offer in client.records(PRODUCTS, "supplierItem", product)]
    return f"{len(found)} product; its fields: {_fields(*found)}; those of offers: {_fields(*offers)}"


def _purchases(client: Client, seen: _Seen) -> str:
    deals = client.records(PURCHASES, "deal", client.json(PURCHASES, {"view": "deal"}, {"archiv": "NOTARCHIVED"}))
    return f"{len(deals)} orders on the first page; fields: {_fields(*deals)}"


def _quotes(client: Client, seen: _Seen) -> str:
    return f"{len(client.records(QUOTES, 'quote', client.json(QUOTES, {'view': 'quote'})))} on the first page"


def _fields(*records: Record) -> str:
    return ", ".join(sorted({name for record in records for name in record})) or "none"


_STEPS: dict[str, Callable[[Client, _Seen], str]] = {
    "contract": _quota,
    "master data": _master_data,
    "a search": _search,
    "a search with a slash": _slash,
    "prices of one product": _update,
    "orders": _purchases,
    "quotations": _quotes,
}
