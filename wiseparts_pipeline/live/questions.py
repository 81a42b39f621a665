"""What can be asked. Equal questions have equal answers, so that one call of the system does for all of them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar, Protocol

from wiseparts_pipeline.config.connections.live import Kind
from wiseparts_pipeline.live.answers import (
    Answer,
    Financials,
    Invoice,
    InvoiceState,
    Offers,
    Order,
    OrderState,
    OrderType,
    Page,
    Products,
    Route,
)
from wiseparts_pipeline.live.offers import Matched

# Of a list, in one answer; and of products, in one question.
PAGE = 100
MOST_PRODUCTS = 50


class Answering(Protocol):
    """A system that is logged in to and answers questions, and so does the database with what is stored.

    Every method raises ConnectionFailure, Unknown for what does not exist, and NotSupported for what it cannot.
    """

    def customer(self, asked: "CustomerQuestion") -> Answer:
        """A `Customer`, with addresses and contacts."""

    def financials(self, asked: "FinancialsQuestion") -> Financials: ...

    def invoices(self, asked: "InvoicesQuestion") -> Page[Invoice]:
        """Posted invoices and credit notes of a customer, the newest first, PAGE at most, without lines."""

    def invoice(self, asked: "InvoiceQuestion") -> Invoice: ...

    def orders(self, asked: "OrdersQuestion") -> Page[Order]:
        """Orders of a customer, the newest first, PAGE at most, without lines and deliveries."""

    def order(self, asked: "OrderQuestion") -> Order: ...

    def products(self, asked: "ProductsQuestion") -> Products: ...

    def routes(self, asked: "RoutesQuestion") -> Page[Route]: ...

    def order_types(self, asked: "OrderTypesQuestion") -> Page[OrderType]: ...

    def offers(self, asked: "OffersQuestion") -> Offers:
        """Made by `offers.ranked`, so that all systems order them by the same rule."""


@dataclass(frozen=True)
class CustomerQuestion:
    customer_id: str
    kind: ClassVar[Kind] = "customer"

    def put_to(self, system: Answering) -> Answer:
        return system.customer(self)


@dataclass(frozen=True)
class FinancialsQuestion:
    customer_id: str
    kind: ClassVar[Kind] = "financials"

    def put_to(self, system: Answering) -> Answer:
        return system.financials(self)


@dataclass(frozen=True)
class InvoicesQuestion:
    """`since` and `until`: the first and last day of issue. `cursor`: of the page before."""

    customer_id: str
    since: date | None = None
    until: date | None = None
    state: InvoiceState | None = None
    cursor: str | None = None
    kind: ClassVar[Kind] = "invoices"

    def put_to(self, system: Answering) -> Answer:
        return system.invoices(self)


@dataclass(frozen=True)
class InvoiceQuestion:
    invoice_id: str
    kind: ClassVar[Kind] = "invoices"

    def put_to(self, system: Answering) -> Answer:
        return system.invoice(self)


@dataclass(frozen=True)
class OrdersQuestion:
    """`cursor`: of the page before."""

    customer_id: str
    state: OrderState | None = None
    cursor: str | None = None
    kind: ClassVar[Kind] = "orders"

    def put_to(self, system: Answering) -> Answer:
        return system.orders(self)


@dataclass(frozen=True)
class OrderQuestion:
    order_id: str
    kind: ClassVar[Kind] = "orders"

    def put_to(self, system: Answering) -> Answer:
        return system.order(self)


@dataclass(frozen=True)
class ProductsQuestion:
    """Price and stock of MOST_PRODUCTS at most, each by its SKU or, where none has it, its product_id.

    `customer_id`: whose price; without one, that of the list. `warehouse_id`: without one, all warehouses are told,
    and a delivery is estimated from the best of them.
    """

    skus: tuple[str, ...]
    customer_id: str | None = None
    quantity: Decimal = Decimal(1)
    warehouse_id: str | None = None
    kind: ClassVar[Kind] = "products"

    def put_to(self, system: Answering) -> Answer:
        return system.products(self)


@dataclass(frozen=True)
class RoutesQuestion:
    customer_id: str | None = None
    kind: ClassVar[Kind] = "routes"

    def put_to(self, system: Answering) -> Answer:
        return system.routes(self)


@dataclass(frozen=True)
class OrderTypesQuestion:
    kind: ClassVar[Kind] = "order_types"

    def put_to(self, system: Answering) -> Answer:
        return system.order_types(self)


@dataclass(frozen=True)
class OffersQuestion:
    """What suppliers sell a product of ours for, by its SKU or, where it has none, its product_id.

    `matched`: what is stored of it, which a system needs and has no database for.
    """

    sku: str
    quantity: Decimal = Decimal(1)
    matched: Matched | None = field(default=None, compare=False, repr=False)
    kind: ClassVar[Kind] = "offers"

    def put_to(self, system: Answering) -> Answer:
        return system.offers(self)


Question = (
    CustomerQuestion
    | FinancialsQuestion
    | InvoicesQuestion
    | InvoiceQuestion
    | OrdersQuestion
    | OrderQuestion
    | ProductsQuestion
    | RoutesQuestion
    | OrderTypesQuestion
    | OffersQuestion
)
