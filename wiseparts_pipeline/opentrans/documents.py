"""What an openTRANS document says, as far as purchasing needs it. What it does not say is None, or an empty tuple."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """The documents that are read."""

    QUOTATION = "QUOTATION"
    ORDER = "ORDER"
    ORDERRESPONSE = "ORDERRESPONSE"
    DISPATCHNOTIFICATION = "DISPATCHNOTIFICATION"
    INVOICE = "INVOICE"


class Role(StrEnum):
    """Of the roles that a party may have, those that an order names."""

    SUPPLIER = "supplier"
    BUYER = "buyer"
    DELIVERY = "delivery"


@dataclass(frozen=True)
class Address:
    """Where a party is, and who is there. `name2`, `name3`: further lines of its name."""

    name: str | None = None
    name2: str | None = None
    name3: str | None = None
    contact: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country_code: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Party:
    """`number`: of the party; `numbered_by`: whose number that is, such as `supplier_specific`."""

    role: str | None
    number: str
    numbered_by: str | None = None
    address: Address | None = None


@dataclass(frozen=True)
class Period:
    """When goods are delivered. `is_fixed`: not only wished."""

    first: datetime | None
    last: datetime | None
    is_fixed: bool = True


@dataclass(frozen=True)
class Agreement:
    """A project, with prices of its own. `about`: such as whose project it is."""

    number: str
    last: datetime | None
    first: datetime | None = None
    about: str | None = None


@dataclass(frozen=True)
class Line:
    """A line of a document.

    `number`: of the line; `quantity`: in `unit`, a code; `price`: of `price_quantity` of them, 1 if that is None;
    `amount`: of the whole line, without tax. `order_number`, `order_line`: the line of an order that it answers;
    `has_charges`: whether allowances or charges are in the amount beside the price.
    """

    number: str
    quantity: Decimal | None
    unit: str | None
    supplier_sku: str | None = None
    ean: str | None = None
    itscope_id: str | None = None
    buyer_sku: str | None = None
    description: str | None = None
    price: Decimal | None = None
    price_quantity: Decimal | None = None
    amount: Decimal | None = None
    has_charges: bool = False
    delivery: Period | None = None
    quotation_number: str | None = None
    agreement: Agreement | None = None
    order_number: str | None = None
    order_line: str | None = None
    supplier_order_number: str | None = None
    serial_numbers: Sequence[str] = ()
    note: str | None = None


@dataclass(frozen=True)
class Document:
    """A document.

    `number`: its own; that of an order response is the order's. `issued_at`: without a time zone if it names none.
    `invoice_type`: of an invoice that says more than that it is one, such as `credit_memo` or `invoice_copy`.
    `customer_reference`: the number of the order that it is bought for. `item_count`: how many lines it says that it
    has; `net_amount`: of its lines, in an invoice; `total_amount`: of an invoice with charges and taxes.
    `uses_own_delivery_note`: whether the supplier delivers in the buyer's name.
    """

    kind: Kind
    number: str | None
    issued_at: datetime | None
    lines: Sequence[Line]
    item_count: int | None
    invoice_type: str | None = None
    order_number: str | None = None
    supplier_order_number: str | None = None
    customer_reference: str | None = None
    currency: str | None = None
    parties: Sequence[Party] = ()
    delivery: Period | None = None
    valid_until: datetime | None = None
    partial_shipment: bool | None = None
    uses_own_delivery_note: bool | None = None
    net_amount: Decimal | None = None
    charges_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    total_amount: Decimal | None = None
    shipment_number: str | None = None
    tracking_url: str | None = None
    carrier: str | None = None
    note: str | None = None

    def party(self, role: Role) -> Party | None:
        """The first party with this role."""
        return next((party for party in self.parties if party.role == role), None)
