"""How the records of each entity are asked for."""

from collections.abc import Callable, Iterator

from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import Refused
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.deals import read_orders
from wiseparts_pipeline.connections.itscope.documents import read_documents, read_lines
from wiseparts_pipeline.connections.itscope.operations import (
    DISTRIBUTORS,
    MANUFACTURERS,
    PRODUCT_TYPES,
    PRODUCTS,
    Operation,
)
from wiseparts_pipeline.connections.itscope.records import offers_of, product_of

Reader = Callable[[Client, PullSettings, Selection], Iterator[Record]]

_FULL = "standard"
_UPDATE = "standardUpdate"


def read_list(operation: Operation, view: str, name: str) -> Reader:
    """Master data: always all of it."""

    def read(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        if isinstance(selection, WithKeys):
            raise Refused(f"pull {pull.name}: ITscope cannot be asked for {pull.entity} by keys; pull all of them")
        yield from client.records(operation, name, client.json(operation, {"view": view}))

    return read


def read_products(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
    for product in _products(client, pull, selection, _FULL):
        yield from product_of(product)


def read_offers(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
    """Everything that is known of offers, or of changes their prices and stock."""
    view = _FULL if isinstance(selection, Everything) else _UPDATE
    for product in _products(client, pull, selection, view):
        yield from offers_of(product)


def _products(client: Client, pull: PullSettings, selection: Selection, view: str) -> Iterator[Record]:
    """Each product once: pages move while they are read."""
    seen: set[object] = set()
    for product in _found(client, pull, selection, view):
        if product.get("puid") not in seen:
            seen.add(product.get("puid"))
            yield product


def _found(client: Client, pull: PullSettings, selection: Selection, view: str) -> Iterator[Record]:
    match selection:
        case WithKeys(keys, of):
            if of != "supplier_products":
                raise Refused(f"pull {pull.name}: ITscope cannot be asked for {pull.entity} by the keys of {of}")
            return client.products(keys, view)
        case Everything(among) | ChangedSince(_, among):
            if pull.search:
                query = {"plzproducts": "true"} if pull.plzproducts else {}
                return client.search(PRODUCTS, "product", pull.search, view, query)
            return client.products(among or () if pull.takes_matched else pull.ids, view)


READERS: dict[str, Reader] = {
    "suppliers": read_list(DISTRIBUTORS, "company", "company"),
    "manufacturers": read_list(MANUFACTURERS, "company", "company"),
    "supplier_categories": read_list(PRODUCT_TYPES, "producttype", "productType"),
    "supplier_products": read_products,
    "supplier_offers": read_offers,
    "purchase_orders": read_orders,
    "purchase_documents": read_documents,
    "purchase_document_lines": read_lines,
}
