"""What look-ups answer: the same for every system, the service, the command line and the database."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, create_model

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Type


def _amount(value: Decimal) -> str:
    """Without an exponent, with two decimals and as many more as it needs, however many its system writes."""
    text = f"{value.normalize():f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


# Never by way of a float.
Exact = Annotated[Decimal, PlainSerializer(_amount, return_type=str, when_used="json")]
# A number of pieces has no decimals that it does not need: 10 for 10.0.
Quantity = Annotated[
    Decimal, PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str, when_used="json")
]

_TYPES: dict[Type, Any] = {
    Type.TEXT: str,
    Type.INT: int,
    Type.MONEY: Exact,
    Type.NUMBER: Quantity,
    Type.DATE: date,
    Type.TIMESTAMP: datetime,
    Type.BOOL: bool,
}


class Answer(BaseModel):
    """A part of an answer. A value that the system does not have is null."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Item = TypeVar("Item", bound=Answer)


def of_entity(name: str, entity: str, *, without: Sequence[str] = (), **also: Any) -> type[Answer]:
    """An answer with the entity's columns."""
    fields: dict[str, Any] = {
        column.name: (_TYPES[column.type] | None, Field(default=None, description=column.description))
        for column in ENTITIES[entity].columns
        if column.name not in without
    }
    return create_model(name, __base__=Answer, __doc__=ENTITIES[entity].description, **fields | also)


Address: type[Answer] = of_entity("Address", "addresses", without=["customer_id"])
Contact: type[Answer] = of_entity("Contact", "contacts", without=["customer_id"])
Customer: type[Answer] = of_entity(
    "Customer",
    "customers",
    addresses=(list[Address], Field(default_factory=list)),  # type: ignore[valid-type]
    contacts=(list[Contact], Field(default_factory=list)),  # type: ignore[valid-type]
    price_list=(str | None, Field(default=None, description="Name of the price list.")),
    payment_terms=(str | None, Field(default=None, description="The terms of payment, in words.")),
)

PaymentStatus = Literal["good", "over_limit", "overdue", "blocked"]


class Financials(Answer):
    """What a customer owes and may still buy, in one currency."""

    customer_id: str
    currency: str | None
    credit_limit: Exact | None = Field(description="What the customer may owe; null if there is no limit.")
    balance: Exact = Field(description="What is posted and open: invoices less credits and payments.")
    overdue: Exact = Field(description="What of the invoices in the balance was due before today.")
    committed: Exact | None = Field(description="What is ordered and not yet invoiced; null if that is not known.")
    available_credit: Exact | None = Field(
        description="The credit limit less the balance and what is committed; null without a limit."
    )
    oldest_due_on: date | None = Field(description="The due date of the oldest open invoice.")
    payment_status: PaymentStatus


# A settled credit note is paid; an invoice that a credit note has settled is credited.
InvoiceState = Literal["open", "part_paid", "paid", "credited"]


class InvoiceLine(Answer):
    """A line of an invoice, in the product's own unit."""

    line_no: int
    sku: str | None
    description: str | None
    quantity: Quantity | None
    unit: str | None
    unit_price: Exact | None
    net_amount: Exact
    order_id: str | None = Field(description="The order that the line is of.")


class Invoice(Answer):
    """An invoice, or a credit note, whose amounts are negative."""

    invoice_id: str
    customer_id: str | None
    document_type: Literal["invoice", "credit_note"]
    issued_on: date | None
    due_on: date | None = Field(description="When the last part of what is open is due.")
    currency: str
    net_amount: Exact | None
    tax_amount: Exact | None
    gross_amount: Exact | None
    open_amount: Exact
    state: InvoiceState
    lines: list[InvoiceLine] | None = Field(default=None, description="Null in lists.")


OrderStatus = Literal["draft", "confirmed", "shipped", "cancelled", "returned"]
# What can be asked for: with something still to be shipped, or not.
OrderState = Literal["open", "closed"]


class OrderLine(Answer):
    """A line of an order, in the product's own unit; a service is not shipped."""

    line_no: int
    sku: str | None
    description: str | None
    ordered_quantity: Quantity | None
    shipped_quantity: Quantity | None
    open_quantity: Quantity | None
    unit: str | None
    unit_price: Exact | None
    net_amount: Exact | None


class Delivery(Answer):
    """A shipment of an order, or a part of it."""

    delivery_id: str
    status: Literal["planned", "shipped", "cancelled"]
    planned_on: date | None
    shipped_on: date | None
    tracking: list[str]


class Order(Answer):
    """What a customer has ordered."""

    order_id: str
    customer_id: str | None
    reference: str | None = Field(description="The customer's own number, or that of the system the order came from.")
    status: OrderStatus
    state: OrderState = Field(description="`open` while something is still to be shipped.")
    ordered_on: date | None
    delivery_on: date | None = Field(description="The last of the days on which something is, or was, to be shipped.")
    currency: str
    net_amount: Exact | None
    tax_amount: Exact | None
    gross_amount: Exact | None
    invoices: list[str] = Field(description="The numbers of its invoices.")
    lines: list[OrderLine] | None = Field(default=None, description="Null in lists.")
    deliveries: list[Delivery] | None = Field(default=None, description="Null in lists.")


class Price(Answer):
    """What a customer pays when so many are bought."""

    unit_price: Exact = Field(description="For one unit, without tax, for this customer and quantity.")
    net_amount: Exact = Field(description="For the quantity.")
    quantity: Quantity
    currency: str
    price_list: str | None = Field(description="The price list that the price is from; null if it is none.")
    quantity_break: Quantity | None = Field(description="The quantity from which this price is given; null if any.")


class Incoming(Answer):
    """What is to come in on a day; null if the day is not known."""

    quantity: Quantity
    on: date | None


class Stock(Answer):
    """What a warehouse has of a product, in the product's own unit."""

    warehouse_id: str
    warehouse: str | None
    on_hand: Quantity | None = Field(description="What lies there; null if only what is free is known.")
    free: Quantity = Field(description="What of it is not assigned to deliveries.")
    incoming: list[Incoming] = Field(description="What suppliers are to send, by day.")


# The surest first.
Basis = Literal["stock", "incoming", "lead_time", "unknown"]


class DeliveryEstimate(Answer):
    """The earliest day from which the projected stock never falls below the quantity, and what that is known by."""

    on: date | None
    basis: Basis


class Product(Answer):
    """A product with its price for the customer, stock and delivery."""

    product_id: str
    sku: str
    name: str
    unit: str | None
    status: Literal["active", "discontinued"]
    price: Price | None = Field(description="Null if the system has no price for it.")
    list_price: Exact | None
    stock: list[Stock]
    delivery: DeliveryEstimate


class Products(Answer):
    """In the order of the question. `unknown`: the SKUs that the system does not have."""

    items: list[Product]
    unknown: list[str] = Field(default_factory=list)


class Offered(Answer):
    """What a supplier says of its goods. Quantities are in the unit that is ordered."""

    supplier_item_id: str = Field(description="Key of the offer in the marketplace.")
    puid: str = Field(description="Key of the product in the marketplace.")
    supplier_id: str
    supplier_name: str | None = None
    supplier_sku: str | None = Field(default=None, description="Number of the product at the supplier.")
    condition_id: str | None = Field(default=None, description="Code of the condition of the goods; 1 is new.")
    is_end_of_life: bool | None = None
    is_special_offer: bool | None = None
    availability_code: str | None = Field(default=None, description="Code of the availability; 1 is in stock.")
    available_on: date | None = Field(default=None, description="When it is available again.")
    stock: Quantity | None = Field(default=None, description="What the supplier has.")
    external_stock: Quantity | None = Field(default=None, description="What lies in field warehouses.")
    incoming_stock: Quantity | None = Field(default=None, description="What is on its way to the supplier.")
    stock_updated_at: AwareDatetime | None = Field(default=None, description="When the supplier last sent its stock.")
    order_unit: str | None = Field(default=None, description="The unit that is ordered.")
    content_unit: str | None = Field(default=None, description="The unit of what is in one of these.")
    content_quantity: Quantity | None = Field(default=None, description="How many of that are in one.")
    min_order_qty: Quantity | None = Field(default=None, description="The least that can be ordered.")
    order_increment: Quantity | None = Field(default=None, description="The steps in which more can be ordered.")
    packing_quantity: Quantity | None = Field(default=None, description="How many the supplier packs together.")
    currency: str | None = None
    price_updated_at: AwareDatetime | None = Field(default=None, description="When the supplier last sent the price.")


class Offer(Offered):
    """For how much a supplier sells a product when so many are bought, and whether it has them."""

    unit_price: Exact | None = Field(description="For one, without tax; null if the supplier tells none.")
    quantity_break: Quantity | None = Field(description="The quantity from which this price is given; null if any.")
    net_amount: Exact | None = Field(description="For the quantity that was asked for.")
    has_quantity: bool | None = Field(description="Whether it is in stock; null if nobody says how many are.")
    order_quantity: Quantity = Field(description="The least order that has the quantity, by minimum and increment.")


class Offers(Answer):
    """What suppliers sell a product of ours for: the cheapest that has the quantity first, new goods before others."""

    sku: str
    quantity: Quantity
    best: str | None = Field(
        description="The supplier_item_id of the cheapest offer of new goods that has the quantity; null if none has."
    )
    items: list[Offer]


class Route(Answer):
    """A delivery route, or a carrier."""

    route_id: str
    name: str | None
    days: list[str] | None = Field(description="The days of delivery, where the system has them.")
    cut_off: str | None = Field(description="Until when orders go the same day, where the system has it.")


class OrderType(Answer):
    """A type that an order can be given."""

    order_type: str
    name: str
    invoicing: str = Field(description="When an order of the type is invoiced.")
    delivery: str = Field(description="When an order of the type is delivered.")


class Page(Answer, Generic[Item]):
    """Part of a list. `cursor`: what to ask on with; null at the end."""

    items: list[Item]
    cursor: str | None = None
