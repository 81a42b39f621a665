"""The questions that Odoo answers, with the methods of `questions.Answering`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.live import Kind
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.odoo import Odoo
from wiseparts_pipeline.connections.odoo.entities import READINGS
from wiseparts_pipeline.connections.repeating import AT_ONCE
from wiseparts_pipeline.live.answers import Answer, Financials, Invoice, Order, Page, Products
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OrderQuestion,
    OrdersQuestion,
    ProductsQuestion,
)
from wiseparts_pipeline.live.systems.odoo import customers, invoices, orders, prices, products, stock
from wiseparts_pipeline.live.systems.unanswering import Unanswering

# By kind and model, the fields that answers are made of.
_FIELDS: Sequence[tuple[Kind, Mapping[str, Sequence[str]]]] = (
    ("customer", {"res.partner": READINGS["customers"].fields}),
    (
        "financials",
        {
            "res.partner": customers.FINANCIALS,
            "account.move.line": customers.RECEIVABLE,
            "sale.order.line": customers.ORDERED,
        },
    ),
    ("invoices", {"account.move": invoices.INVOICE}),
    ("orders", {"sale.order": orders.ORDER}),
    (
        "products",
        {
            "product.product": (*products.PRODUCT, *stock.QUANTITIES, "price"),
            "product.pricelist.item": prices.ITEM,
            "stock.warehouse": stock.WAREHOUSE,
            "stock.move": stock.MOVE,
        },
    ),
)


class OdooAnswers(Unanswering):
    """A company of a database of Odoo, as its user sees it. A closed one is not used any more."""

    system = "Odoo"

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._system = Odoo(settings, pace, AT_ONCE)

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

    def products(self, asked: ProductsQuestion) -> Products:
        return products.products(self._system, asked, self._today())

    def invoices(self, asked: InvoicesQuestion) -> Page[Invoice]:
        return invoices.invoices(self._system, asked)

    def invoice(self, asked: InvoiceQuestion) -> Invoice:
        return invoices.invoice(self._system, asked.invoice_id)

    def orders(self, asked: OrdersQuestion) -> Page[Order]:
        return orders.orders(self._system, asked)

    def order(self, asked: OrderQuestion) -> Order:
        return orders.order(self._system, asked.order_id)

    def _today(self) -> date:
        """Where the user of the connection is, by Odoo's clock."""
        zone = self._system.time_zone
        return (self._system.now or datetime.now(UTC)).astimezone(ZoneInfo(zone) if zone else UTC).date()
