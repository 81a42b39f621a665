"""An order to the test supplier, and what comes back: sent by hand only, to show how the service treats orders.

It is written and checked as every order is. Whatever a configuration says, it goes to no other supplier.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER
from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import Objection, Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.deals import LISTS, documents_of, supplier_of
from wiseparts_pipeline.connections.itscope.documents import Understood, understood
from wiseparts_pipeline.connections.itscope.operations import DOCUMENT, PRODUCTS, PURCHASE
from wiseparts_pipeline.connections.itscope.receiving import SupplierOrders
from wiseparts_pipeline.connections.receiving import SupplierOrder, TrialOffer
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.opentrans import Fault, Kind, Role, Unreadable, parse, read

# How many seconds to wait for the order, then for its documents; and at most between two looks.
WAIT, PAUSE = 90.0, 10.0
_MOST_FAULTS = 5
_OF_MONEY = ("AMOUNT", "PRICE", "VALUE", "TOTAL")


class NotTried(WisepartsError):
    """Something is missing that a step needs."""


# The order of one piece of an offer, checked against the schema, and its totals. Raises NotTried.
Writing = Callable[[TrialOffer], SupplierOrder]


class Trial:
    """One order, step by step; each method says what was found. They raise WisepartsError."""

    def __init__(self, client: Client, write: Writing) -> None:
        self._client = client
        self._write = write
        self._orders = SupplierOrders(client)
        self._offer: TrialOffer | None = None
        self._order: SupplierOrder | None = None
        self._deal: Record | None = None

    @property
    def steps(self) -> Mapping[str, Callable[[], str]]:
        """By name, in turn."""
        return {
            "an offer of the test supplier": self._find_offer,
            "an order to the test supplier": self._send,
            "the order as it is there": self._find,
            "its documents": self._documents,
        }

    def _find_offer(self) -> str:
        asked = {"distributor": TEST_SUPPLIER}
        for product in self._client.search(PRODUCTS, "product", asked, "standard", {"plzproducts": "true"}):
            for offer in self._client.records(PRODUCTS, "supplierItem", product):
                if str(offer.get("supplierId")) == TEST_SUPPLIER and offer.get("supplierSKU"):
                    self._offer = TrialOffer(
                        supplier_sku=str(offer["supplierSKU"]),
                        puid=str(product["puid"]),
                        name=str(product.get("productName") or ""),
                        # Prices are not compared there, and an offer may have none.
                        price=Decimal(str(offer.get("price") or 1)),
                        currency=str(offer.get("currencyCode") or "EUR"),
                    )
                    return f"product {self._offer.puid}, {'with' if offer.get('price') else 'without'} a price"
        raise NotTried(f"nothing is offered by {TEST_SUPPLIER}; have ITscope activate it for this account")

    def _send(self) -> str:
        if self._offer is None:
            raise NotTried("there is no offer")
        order = self._write(self._offer)
        _only_for_the_test_supplier(order)
        self._orders.values(order)
        self._order = order
        try:
            self._orders.create(order, {})
        except Objection:
            self._order = None
            raise
        return f"{order.key} is valid by the schema, its totals and the service, and was accepted"

    def _find(self) -> str:
        """Also where no answer to the order has come: it may have been accepted."""
        if self._order is None:
            raise NotTried("no order was accepted")
        for seconds in looks():
            if found := self._orders.deal(self._order.key):
                name, self._deal = found
                supplier = str(supplier_of(self._deal).get("id"))
                told = (
                    f"{self._deal.get('orderId')}, found by {name} after {seconds:.0f} s, with the status"
                    f" {self._deal.get('status')}, as a test: {self._deal.get('testOrder')}, of the supplier {supplier}"
                )
                if supplier != TEST_SUPPLIER:
                    raise UnexpectedAnswer(f"{told}, which it was not sent to; have it cancelled there")
                return told
        raise UnexpectedAnswer(f"{self._order.key} was not found within {WAIT:.0f} s")

    def _documents(self) -> str:
        if self._order is None or self._deal is None:
            raise NotTried("there is no order")
        found: dict[str, str] = {}
        missing, waited = list(LISTS), 0.0
        asked = {"dealId": str(self._deal["orderId"]), "view": "deal"}
        for seconds in looks():
            waited = seconds
            for deal in self._client.records(PURCHASE, "deal", self._client.json(PURCHASE, asked)):
                for kind, told in documents_of(deal):
                    if (transaction := str(told["transactionId"])) not in found and (content := self._xml(told, kind)):
                        found[transaction] = self._told(kind, understood(content))
                        missing = [each for each in missing if each is not kind]
            if not missing:
                break
        told_last = f"not there after {waited:.0f} s: {', '.join(missing)}" if missing else f"all in {waited:.0f} s"
        return "; ".join([*found.values(), told_last])

    def _xml(self, told: Record, kind: Kind) -> bytes | None:
        parts = {"transactionId": str(told["transactionId"]), "view": kind.value, "type": "xml"}
        return self._client.content(DOCUMENT, parts)

    def _told(self, kind: Kind, document: Understood) -> str:
        """Of what does not add up, only where: amounts are nobody's business."""
        told = [_without_amount(fault) for fault in document.faults[:_MOST_FAULTS]]
        told += [f"{fault.element} does not add up" for fault in document.wrong_totals[:_MOST_FAULTS]]
        more = len(document.faults) + len(document.wrong_totals) - len(told)
        parts = [f"{kind}: {', '.join(told) or 'valid'}{f' and {more} more' if more else ''}"]
        if kind is Kind.ORDER and document.document is not None and self._order is not None:
            is_ours = document.document.customer_reference == self._order.key
            parts.append(f"our number {'is' if is_ours else 'is not'} in CUSTOMER_ORDER_REFERENCE")
        return ", ".join(parts)


def _without_amount(fault: Fault) -> str:
    if any(word in fault.element for word in _OF_MONEY):
        return f"{fault.element} is not as the schema wants it"
    return str(fault)


def _only_for_the_test_supplier(order: SupplierOrder) -> None:
    """Raises Refused for an order to anybody else, by what is sent."""
    try:
        supplier = read(parse(order.content)).party(Role.SUPPLIER)
    except Unreadable as error:
        raise Refused(f"the order {error}") from None
    if supplier is None or {supplier.number, order.supplier_id} != {TEST_SUPPLIER}:
        raise Refused(f"the order is not for the test supplier {TEST_SUPPLIER}; nothing was sent")


def looks() -> Iterator[float]:
    """At each look the seconds since the first one, until the time is over."""
    started, pause = time.monotonic(), PAUSE / 16
    while (seconds := time.monotonic() - started) <= WAIT:
        yield seconds
        time.sleep(pause)
        pause = min(2 * pause, PAUSE)
