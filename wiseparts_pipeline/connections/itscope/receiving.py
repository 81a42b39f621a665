"""Sends orders to suppliers by way of ITscope, which gives each a number of its own and keeps ours."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace, Record
from wiseparts_pipeline.connections.errors import ConnectionFailure, Objection, UnexpectedAnswer
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.operations import (
    ARCHIVED,
    DOCUMENT,
    NOT_ARCHIVED,
    QUOTA,
    SEARCH_PURCHASES,
    SEND_ORDER,
    VALIDATE,
    Operation,
)
from wiseparts_pipeline.connections.receiving import Stage, SupplierOrder, Terms, There, Values
from wiseparts_pipeline.connections.repeating import AT_ONCE
from wiseparts_pipeline.opentrans import Document, Kind, Unreadable, parse, read

# By what an order of ours can be found. Which of them has our number, the description leaves open.
_OURS = ("ownOrderId", "customerOrderId")
_NOT_VALID = 400


class ItScopeReceiving:
    """See `receiving.Receiving`."""

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        # Whoever delivers tries again by itself.
        self._client = Client(settings, pace, AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def taking(self, entity: str, terms: Terms) -> "SupplierOrders":
        """How it takes orders to suppliers."""
        return SupplierOrders(self._client)


class SupplierOrders:
    """How ITscope takes orders to suppliers; see `receiving.Taking`."""

    # How soon an order is found that was accepted, nobody promises.
    created_within = timedelta(minutes=15)

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, record: SupplierOrder) -> There | None:
        """The order with our number, in the archive or not."""
        if found := self.deal(record.key):
            _, deal = found
            return There(0, deal.get("orderId"), Stage.COMPLETE, differs=self._differs(record, deal))
        return None

    def deal(self, key: str) -> tuple[str, Record] | None:
        """The order with this number of ours, as the service tells it, and which of its numbers that is."""
        for name in _OURS:
            for archive in (NOT_ARCHIVED, ARCHIVED):
                for deal in self._client.search(SEARCH_PURCHASES, "deal", {name: key}, "deal", {"archiv": archive}):
                    if deal.get(name) == key:
                        return name, deal
        return None

    def values(self, record: SupplierOrder) -> Values:
        """Nothing besides the document, which the service looks at."""
        self._accepted(VALIDATE, record)
        return {}

    def create(self, record: SupplierOrder, values: Values) -> There:
        """Sends the order, once. It may be found only later: what was accepted is not sent again for that."""
        self._accepted(SEND_ORDER, record)
        accepted = There(0, None, Stage.COMPLETE)
        try:
            return self.find(record) or accepted
        except ConnectionFailure:
            return accepted

    def complete(self, record: SupplierOrder, there: There) -> There:
        """Nothing is left to be done: the supplier answers with documents."""
        return there

    def problems(self) -> Iterator[str]:
        """None of its own; a login that is refused is told as for every connection."""
        self._client.content(QUOTA)
        yield from ()

    def _accepted(self, operation: Operation, record: SupplierOrder) -> None:
        try:
            self._client.content(operation, body=record.content, repeatable=operation is VALIDATE)
        except UnexpectedAnswer as error:
            if error.status != _NOT_VALID:
                raise
            raise Objection(str(error), str(error)) from None

    def _differs(self, record: SupplierOrder, deal: Record) -> str | None:
        """In what the order there is another one, as the end of a sentence; None if that cannot be read."""
        documents = self._client.records(SEARCH_PURCHASES, "order", deal)
        transaction = next((each["transactionId"] for each in documents if each.get("transactionId")), None)
        if transaction is None:
            return None
        parts = {"transactionId": transaction, "view": Kind.ORDER.value, "type": "xml"}
        content = self._client.content(DOCUMENT, parts)
        try:
            theirs = _quantities(read(parse(content))) if content else None
        except Unreadable:
            return None
        ours = _quantities(record.document)
        for sku in sorted({*ours, *(theirs or ())}):
            if theirs is not None and theirs[sku] != ours[sku]:
                return f"has {theirs[sku].normalize():f} of {sku!r}, not {ours[sku].normalize():f}"
        return None


def _quantities(document: Document) -> dict[str, Decimal]:
    """By the supplier's number of a product, how much is ordered."""
    found = defaultdict[str, Decimal](Decimal)
    for line in document.lines:
        found[str(line.supplier_sku)] += line.quantity or Decimal()
    return found
