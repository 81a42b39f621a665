"""What systems take: records that were created here; and the protocol of the systems that do."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.opentrans import Document


@dataclass(frozen=True)
class Address:
    """`address_id`: its key; that of the system if `is_theirs`."""

    address_id: str
    kind: str
    name: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    is_theirs: bool = False

    @property
    def said(self) -> tuple[str, ...]:
        """What tells it from others; see `said`."""
        return said(self.street, self.postal_code, self.city)

    @property
    def text(self) -> str:
        """Where it is, in a line."""
        return ", ".join(filter(None, (self.street, self.postal_code, self.city)))


def said(*texts: str | None) -> tuple[str, ...]:
    """What the texts of an address say, however they are written."""
    return tuple(" ".join((text or "").split()).casefold() for text in texts)


@dataclass(frozen=True)
class Line:
    """A line of an order. `product`: its SKU, or its key where it has none; `quantity`: in the product's own unit."""

    number: int
    product: str | None
    description: str | None
    quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True)
class Order:
    """An order. `key`: the number that it is known by here; `net_amount`: of its lines, without tax."""

    key: str
    customer_id: str | None
    placed_on: date
    currency: str
    net_amount: Decimal
    note: str | None
    ship_to: Address | None
    lines: Sequence[Line]

    def differs(self, customer_id: str | None, quantities: Mapping[str, Decimal]) -> str | None:
        """In what a document of this customer, with these quantities by product, is another; see `There.differs`."""
        if customer_id != self.customer_id:
            return f"is of the customer {customer_id!r}, not {self.customer_id!r}"
        ours = defaultdict[str, Decimal](Decimal)
        for line in self.lines:
            ours[str(line.product)] += line.quantity
        for product in sorted({*quantities, *ours}):
            there = quantities.get(product, Decimal())
            if there != ours[product]:
                return f"has {there.normalize():f} of {product!r}, not {ours[product].normalize():f}"
        return None


@dataclass(frozen=True)
class Customer:
    """A customer with addresses, the first of which is its own."""

    key: str
    name: str
    tax_id: str | None
    email: str | None
    phone: str | None
    mobile: str | None
    language: str | None
    addresses: Sequence[Address]

    def differs(self, name: str | None, tax_id: str | None) -> str | None:
        """In what one of this name and tax number is another: by the number, or without one by the name."""
        if tax_id and self.tax_id:
            if _digits(tax_id) == _digits(self.tax_id):
                return None
            return f"has the tax number {tax_id!r}, not {self.tax_id!r}"
        return None if said(name) == said(self.name) else f"has the name {name!r}, not {self.name!r}"


def _digits(text: str) -> str:
    """Without the country in front, and without what is between the digits."""
    return "".join(letter for letter in text if letter.isdigit())


@dataclass(frozen=True)
class SupplierOrder:
    """What one supplier is to deliver of a requisition.

    `key`: the number that it is known by here; `content`: the document as it is sent.
    """

    key: str
    supplier_id: str
    document: Document
    content: bytes


@dataclass(frozen=True)
class TrialOffer:
    """What a supplier that takes orders to try them offers, as an order names it."""

    supplier_sku: str
    puid: str
    name: str
    price: Decimal
    currency: str


# Of most systems, how long after a request for it was sent a record is there at the latest, and found.
CREATED_WITHIN = timedelta(minutes=2)


class Stage(StrEnum):
    """How far a record is in the system: created only, quoted and to be confirmed, complete, or cancelled there."""

    BEGUN = "begun"
    QUOTED = "quoted"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class There:
    """A record as the system has it.

    `number`: by which it is asked for, 0 where that is the `external_id`; `external_id`: by which people know it, if it
    has one yet; `amount`: of an order, without tax; `differs`: in what it is not what was asked for, as the end of a
    sentence: `has ...`.
    """

    number: int
    external_id: str | None
    stage: Stage
    amount: Decimal | None = None
    currency: str | None = None
    differs: str | None = None


@dataclass(frozen=True)
class Terms:
    """How records are taken. `our_prices`: instead of the system's; `skip_warnings`: as a person could."""

    confirm: bool = False
    our_prices: bool = False
    skip_warnings: bool = False


# The fields of a record, as the system takes them.
Values = dict[str, Any]


class NotThere(WisepartsError):
    """The record names something that the system does not have. The message says what, and what to do."""


R = TypeVar("R", contravariant=True)


class Taking(Protocol, Generic[R]):
    """How a system takes the records of one entity. Every method raises ConnectionFailure.

    `created_within`: a record whose creation was begun is there, and found, by then, or never.
    """

    created_within: timedelta

    def find(self, record: R) -> There | None:
        """The record that was created of this one, by its key, if there is one."""

    def values(self, record: R) -> Values:
        """What it is created with, for which the system is asked. Raises Objection, NotThere."""

    def create(self, record: R, values: Values) -> There:
        """Creates the record, asking once. Raises Objection if nothing was created for that reason.

        What another process has created at the same time is found, and nothing is left of this one.
        """

    def complete(self, record: R, there: There) -> There:
        """Does with a record that was created what is left to be done. Raises Objection, which leaves it as it is."""

    def problems(self) -> Iterator[str]:
        """What keeps the user from creating records at all, each with what to do."""


class Receiving(Protocol):
    """A system that is logged in to and takes records."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def taking(self, entity: str, terms: Terms) -> Taking[Any]:
        """How it takes the records of an entity, one of those that `config.connections.connection.RECEIVING` has."""
