"""The questions that Tryton answers, with the methods of `questions.Answering`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product as pairs
from types import TracebackType
from typing import Any, Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.live import Kind
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.repeating import AT_ONCE
from wiseparts_pipeline.connections.tryton import Tryton
from wiseparts_pipeline.connections.tryton.values import plain
from wiseparts_pipeline.live.answers import Answer, Financials, Invoice, Order, OrderType, Page, Products, Route
from wiseparts_pipeline.live.errors import NotSupported
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    RoutesQuestion,
)
from wiseparts_pipeline.live.systems.tryton import customers, invoices, orders, prices, products, stock
from wiseparts_pipeline.live.systems.tryton.values import first_text
from wiseparts_pipeline.live.systems.unanswering import Unanswering

_CARRIER = ("party.name", "carrier_product.name")


# By model, the fields that answers of a kind are made of.
_FIELDS: Sequence[tuple[Kind, Mapping[str, Sequence[str]]]] = (
    ("financials", customers.FIELDS),
    ("invoices", invoices.FIELDS),
    ("orders", orders.FIELDS),
    ("products", products.FIELDS),
    ("products", prices.FIELDS),
    ("products", stock.FIELDS),
    ("routes", {"carrier": _CARRIER}),
)


def _all_fields() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for _, by_model in _FIELDS:
        for model, names in by_model.items():
            found[model] += names
    return found


class TrytonAnswers(Unanswering):
    """A company of a database of Tryton, as its user sees it. A closed one is not used any more."""

    system = "Tryton"

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._system = Tryton(settings, pace, _all_fields(), AT_ONCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._system.__exit__(kind, error, trace)

    def notes(self, kinds: Sequence[Kind]) -> Iterator[str]:
        """What of these kinds has no answer, or less than there could be, for want of a module or a right."""
        for kind, by_model in _FIELDS:
            for model, names in by_model.items() if kind in kinds else ():
                if lacking := self._system.lacking(model, names):
                    yield f"{kind}: {lacking}"

    def customer(self, asked: CustomerQuestion) -> Answer:
        return customers.customer(self._system, asked.customer_id)

    def financials(self, asked: FinancialsQuestion) -> Financials:
        return customers.customer_financials(self._system, asked.customer_id, self._today())

    def invoices(self, asked: InvoicesQuestion) -> Page[Invoice]:
        return invoices.invoices(self._system, asked)

    def invoice(self, asked: InvoiceQuestion) -> Invoice:
        return invoices.invoice(self._system, asked.invoice_id)

    def orders(self, asked: OrdersQuestion) -> Page[Order]:
        return orders.orders(self._system, asked)

    def order(self, asked: OrderQuestion) -> Order:
        return orders.order(self._system, asked.order_id)

    def products(self, asked: ProductsQuestion) -> Products:
        return products.products(self._system, asked, self._today())

    def routes(self, asked: RoutesQuestion) -> Page[Route]:
        """The carriers, which Tryton chooses by country and not by customer."""
        if not self._system.has("carrier"):
            raise NotSupported("This Tryton has no carriers.")
        found = self._system.find("carrier", [], _CARRIER)
        return Page(
            items=[
                Route(
                    route_id=each["id"],
                    name=first_text(each["party"]["name"], each["carrier_product"]["name"]),
                    days=None,
                    cut_off=None,
                )
                for each in found
            ]
        )

    def order_types(self, asked: OrderTypesQuestion) -> Page[OrderType]:
        """Each way of invoicing with each way of delivering; two that would wait for each other are none."""
        invoicing, delivery = (self._choices(field) for field in ("invoice_method", "shipment_method"))
        return Page(
            items=[
                OrderType(
                    order_type=f"{invoiced}/{delivered}",
                    name=f"Invoice: {invoicing[invoiced]}; delivery: {delivery[delivered]}",
                    invoicing=invoicing[invoiced],
                    delivery=delivery[delivered],
                )
                for invoiced, delivered in pairs(invoicing, delivery)
                if (invoiced, delivered) != ("fulfillment", "invoice")
            ]
        )

    def _choices(self, field: str) -> dict[str, str]:
        """The values of a field of orders, each with what Tryton calls it."""
        described: Any = self._system.call("sale.sale.fields_get", [field])
        try:
            return dict(described[field]["selection"])
        except (KeyError, TypeError, ValueError):
            raise UnexpectedAnswer(f"sale.sale.fields_get: {field} has no choices") from None

    def _today(self) -> date:
        """By Tryton's calendar, which is that of its company."""
        told: Any = plain(self._system.call("ir.date.today"), "ir.date.today: result")
        try:
            return date.fromisoformat(told)
        except (TypeError, ValueError):
            raise UnexpectedAnswer("ir.date.today: the result is no day") from None
