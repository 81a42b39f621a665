"""A system of the tests that answers look-ups, as slowly and as badly as a test wants."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from tests.dbt.building import insert
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.live import KINDS, Kind, LiveSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.live.answers import (
    Answer,
    Customer,
    DeliveryEstimate,
    Financials,
    Invoice,
    InvoiceLine,
    Offers,
    Order,
    OrderLine,
    OrderType,
    Page,
    Price,
    Product,
    Products,
    Route,
    Stock,
)
from wiseparts_pipeline.live.credit import financials
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.lookups import Clock, Lookups
from wiseparts_pipeline.live.offers import Row, ranked
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OffersQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    RoutesQuestion,
)
from wiseparts_pipeline.warehouse import Warehouse

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Erp:
    """Has the customers C1 and C2, and a product for each SKU that begins with P.

    `before_answer` is called with each question; `before_login` with the settings. What they raise is what happens.
    """

    def __init__(self) -> None:
        self.before_answer: Callable[[Any], object] = lambda asked: None
        self.before_login: Callable[[ConnectionSettings], object] = lambda settings: None
        self.customers = {"C1": "Garage One", "C2": "Garage Two"}
        self.balance = Decimal("10.50")
        self.asked: list[Any] = []
        self.logins = 0
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def opened(self, settings: ConnectionSettings, pace: Pace) -> "Session":
        """Logs in."""
        self.logins += 1
        self.before_login(settings)
        return Session(self)

    @contextmanager
    def asking(self, asked: Any) -> Iterator[None]:
        with self._lock:
            self.asked.append(asked)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.before_answer(asked)
            yield
        finally:
            with self._lock:
                self.at_once -= 1


class Session:
    """A session of it, with the methods of `questions.Answering`."""

    def __init__(self, erp: Erp) -> None:
        self._erp = erp

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def notes(self, kinds: Sequence[Kind]) -> Iterator[str]:
        yield f"answers {', '.join(kinds)}"

    def _name(self, customer_id: str) -> str:
        if customer_id not in self._erp.customers:
            raise Unknown("customer", customer_id)
        return self._erp.customers[customer_id]

    def customer(self, asked: CustomerQuestion) -> Answer:
        with self._erp.asking(asked):
            name = self._name(asked.customer_id)
            return Customer.model_validate({"customer_id": asked.customer_id, "name": name, "status": "active"})

    def financials(self, asked: FinancialsQuestion) -> Financials:
        with self._erp.asking(asked):
            self._name(asked.customer_id)
            return financials(
                asked.customer_id,
                "EUR",
                credit_limit=Decimal(1000),
                balance=self._erp.balance,
                overdue=Decimal(0),
                committed=Decimal(0),
                oldest_due_on=None,
                blocked=False,
            )

    def invoices(self, asked: InvoicesQuestion) -> Page[Invoice]:
        with self._erp.asking(asked):
            self._name(asked.customer_id)
            return Page(items=[_invoice(asked.customer_id)])

    def invoice(self, asked: InvoiceQuestion) -> Invoice:
        with self._erp.asking(asked):
            for customer_id in self._erp.customers:
                if asked.invoice_id == f"I-{customer_id}":
                    return _invoice(customer_id).model_copy(update={"lines": [_INVOICE_LINE]})
            raise Unknown("invoice", asked.invoice_id)

    def orders(self, asked: OrdersQuestion) -> Page[Order]:
        with self._erp.asking(asked):
            self._name(asked.customer_id)
            return Page(items=[_order(asked.customer_id)])

    def order(self, asked: OrderQuestion) -> Order:
        with self._erp.asking(asked):
            for customer_id in self._erp.customers:
                if asked.order_id == f"O-{customer_id}":
                    return _order(customer_id).model_copy(update={"lines": [_ORDER_LINE], "deliveries": []})
            raise Unknown("order", asked.order_id)

    def products(self, asked: ProductsQuestion) -> Products:
        with self._erp.asking(asked):
            if asked.customer_id is not None:
                self._name(asked.customer_id)
            known = [sku for sku in asked.skus if sku.startswith("P")]
            return Products(
                items=[_product(sku, asked.quantity) for sku in known],
                unknown=[sku for sku in asked.skus if sku not in known],
            )

    def routes(self, asked: RoutesQuestion) -> Page[Route]:
        with self._erp.asking(asked):
            return Page(items=[Route(route_id="R1", name="North", days=None, cut_off=None)])

    def order_types(self, asked: OrderTypesQuestion) -> Page[OrderType]:
        with self._erp.asking(asked):
            return Page(items=[OrderType(order_type="N", name="Normal", invoicing="on delivery", delivery="at once")])

    def offers(self, asked: OffersQuestion) -> Offers:
        with self._erp.asking(asked):
            return ranked(asked.sku, asked.quantity, [_OFFER], "EUR")


_OFFER = Row(
    supplier_item_id="F1",
    puid="7",
    supplier_id="3",
    condition_id="1",
    currency="EUR",
    price=Decimal("4.20"),
    stock=Decimal(5),
    availability_code="1",
)
_INVOICE_LINE = InvoiceLine(
    line_no=1,
    sku="P1",
    description="Brake pads",
    quantity=Decimal(2),
    unit="pc",
    unit_price=Decimal("5.25"),
    net_amount=Decimal("10.50"),
    order_id="O-C1",
)
_ORDER_LINE = OrderLine(
    line_no=1,
    sku="P1",
    description="Brake pads",
    ordered_quantity=Decimal(2),
    shipped_quantity=Decimal(0),
    open_quantity=Decimal(2),
    unit="pc",
    unit_price=Decimal("5.25"),
    net_amount=Decimal("10.50"),
)


def _invoice(customer_id: str) -> Invoice:
    return Invoice(
        invoice_id=f"I-{customer_id}",
        customer_id=customer_id,
        document_type="invoice",
        issued_on=BEGAN.date(),
        due_on=BEGAN.date() + timedelta(days=30),
        currency="EUR",
        net_amount=Decimal("10.50"),
        tax_amount=Decimal(0),
        gross_amount=Decimal("10.50"),
        open_amount=Decimal("10.50"),
        state="open",
    )


def _order(customer_id: str) -> Order:
    return Order(
        order_id=f"O-{customer_id}",
        customer_id=customer_id,
        reference=None,
        status="confirmed",
        state="open",
        ordered_on=BEGAN.date(),
        delivery_on=None,
        currency="EUR",
        net_amount=Decimal("10.50"),
        tax_amount=Decimal(0),
        gross_amount=Decimal("10.50"),
        invoices=[],
    )


def _product(sku: str, quantity: Decimal) -> Product:
    return Product(
        product_id=sku,
        sku=sku,
        name=f"Part {sku}",
        unit="pc",
        status="active",
        price=Price(
            unit_price=Decimal("5.25"),
            net_amount=quantity * Decimal("5.25"),
            quantity=quantity,
            currency="EUR",
            price_list=None,
            quantity_break=None,
        ),
        list_price=Decimal("6.00"),
        stock=[Stock(warehouse_id="MAIN", warehouse=None, on_hand=Decimal(3), free=Decimal(3), incoming=[])],
        delivery=DeliveryEstimate(on=BEGAN.date(), basis="stock"),
    )


def match_products(warehouse: Warehouse) -> None:
    """Those of ours that suppliers are asked about: P1 and P/1 are matched, P2 is not."""
    with warehouse.connect() as connection:
        insert(connection, "products", [{"product_id": sku, "sku": sku} for sku in ("P1", "P/1", "P2")])
        connection.execute(
            "insert into ops.matches (kind, theirs, ours, method, score, status, decided_by) values"
            " ('product', '7', 'P1', 'manual', 100, 'confirmed', 'person'),"
            " ('product', '8', 'P/1', 'manual', 100, 'confirmed', 'person')"
        )


class SetClock(Clock):
    """Stands still until it is set forward."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    def moment(self) -> float:
        return self.seconds


def lookups_of(erp: Erp, warehouse: Warehouse, clock: Clock | None = None, **attributes: Any) -> Lookups:
    """Look-ups of this system; `attributes`: of its Live component."""
    connection = ConnectionSettings.model_validate(
        {"name": "erp", "system": "tryton", "url": "https://erp.example", "database": "live", "username": "reader"}
        | {"password": "secret of the tests"}
    )
    live = LiveSettings.model_validate({"connection": "erp", "answers": KINDS} | attributes)
    configuration = Configuration(sources={}, importers={}, connections={"erp": connection}, live={"erp": live})
    return Lookups(configuration, warehouse, clock, {"tryton": erp.opened})
