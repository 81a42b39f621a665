"""Orders to suppliers as ITscope has them, each with what is told of its documents."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import ChangedSince, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import Refused
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.operations import (
    ARCHIVE_PURCHASE,
    ARCHIVED,
    NOT_ARCHIVED,
    PURCHASE,
    PURCHASES,
)
from wiseparts_pipeline.connections.itscope.records import moment_of
from wiseparts_pipeline.opentrans import Kind

# By kind, the list of an order that has the documents.
LISTS = {
    Kind.ORDER: "order",
    Kind.ORDERRESPONSE: "orderresponse",
    Kind.DISPATCHNOTIFICATION: "dispatchnotification",
    Kind.INVOICE: "invoice",
}
_ORDERS = "purchase_orders"
_FIELDS = (
    "orderId",
    "ownOrderId",
    "customerOrderId",
    "cartId",
    "status",
    "statusMessage",
    "archived",
    "imported",
    "testOrder",
    "deeplink",
)


def read_orders(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
    """Orders without their documents, which are records of their own."""
    for deal in deals(client, pull, selection):
        supplier = supplier_of(deal)
        yield {
            **{name: deal.get(name) for name in _FIELDS},
            "statusDate": moment_of(deal.get("statusDate")),
            "supplierId": supplier.get("id"),
            "supplierName": supplier.get("name") or (deal.get("vendor") or {}).get("name"),
        }


def supplier_of(deal: Record) -> Record:
    """The supplier that an order is for."""
    found: Record = (deal.get("vendor") or {}).get("supplier") or {}
    return found


def deals(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
    """Each order once, from the archive or not: pages move while they are read."""
    seen: set[object] = set()
    for deal in _found(client, pull, selection):
        if deal.get("orderId") not in seen:
            seen.add(deal.get("orderId"))
            yield deal


def archive_settled(client: Client, age: timedelta) -> None:
    """Puts the orders into the archive that were invoiced, and of which nothing has come for so long."""
    # All are known before the first leaves the list that they are read from.
    for deal in list(client.pages(PURCHASES, "deal", {"view": "deal"}, {"archiv": NOT_ARCHIVED})):
        if _is_settled(deal, client.now, age):
            client.content(ARCHIVE_PURCHASE, {"dealId": str(deal["orderId"])})


def _found(client: Client, pull: PullSettings, selection: Selection) -> Iterator[Record]:
    if isinstance(selection, WithKeys):
        if selection.of != _ORDERS:
            raise Refused(
                f"pull {pull.name}: ITscope cannot be asked for {pull.entity} by the keys of {selection.of}; ask for"
                f" {_ORDERS}"
            )
        for key in selection.keys:
            yield from client.records(PURCHASE, "deal", client.json(PURCHASE, {"dealId": key, "view": "deal"}))
        return
    since = {}
    if isinstance(selection, ChangedSince):
        since = {"lastUpdateDateFrom": selection.moment.astimezone(UTC).isoformat(timespec="seconds")}
    for archive in (NOT_ARCHIVED, ARCHIVED):
        yield from client.pages(PURCHASES, "deal", {"view": "deal"}, {"archiv": archive, **since})


def documents_of(deal: Record) -> Iterator[tuple[Kind, Record]]:
    """What is told of each document of an order, those that can be fetched."""
    for kind, name in LISTS.items():
        for told in _list(deal.get(name)):
            if told.get("transactionId") and told.get("documentUrl"):
                yield kind, told


def _list(value: Any) -> Sequence[Record]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_settled(deal: Record, now: datetime | None, age: timedelta) -> bool:
    """Whether it was invoiced, and nothing has come for so long."""
    if not _list(deal.get(LISTS[Kind.INVOICE])):
        return False
    try:
        moments = [datetime.fromisoformat(str(moment_of(told.get("lastUpdate")))) for _, told in documents_of(deal)]
    except ValueError:
        return False
    return bool(moments) and max(moments) < (now or datetime.now(UTC)) - age
