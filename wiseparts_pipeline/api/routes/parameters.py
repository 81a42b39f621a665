"""What a request may ask with. Everything else is a fault of the request, so that a misspelt name is not overlooked."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated
from urllib.parse import unquote

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from wiseparts_pipeline.live.answers import InvoiceState, OrderState
from wiseparts_pipeline.live.questions import MOST_PRODUCTS

MOST_LETTERS = 200
# What a key can be: a text without control characters, and without blanks around it.
_KEY = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"

Key = Annotated[str, StringConstraints(min_length=1, max_length=MOST_LETTERS, pattern=_KEY)]


def _decoded(text: str) -> str:
    return unquote(text, errors="strict")


# A part of an address, see requests.EveryRequest.
KeyInPath = Annotated[Key, BeforeValidator(_decoded), Path(description="As the ERP has it; a slash is sent as `%2F`.")]


def written_as(pattern: str, example: str, *, numbers: bool = True) -> BeforeValidator:
    """Only texts of this form: pydantic takes others as well, such as a count of seconds for a day.

    `numbers`: also numbers of JSON, which have been made floats on the way.
    """

    def check(value: object) -> object:
        if not re.fullmatch(pattern, value) if isinstance(value, str) else not numbers:
            raise ValueError(f"Write it like {example}" if numbers else f'Write it as a text, like "{example}"')
        return value

    return BeforeValidator(check)


_NUMBER = r"^(?=.*[1-9])\d{1,9}(\.\d{1,6})?$"
Day = Annotated[date, written_as(r"\d{4}-\d\d-\d\d", "2026-01-31")]
Quantity = Annotated[
    Decimal,
    Field(gt=0, lt=1_000_000_000, decimal_places=6),
    written_as(_NUMBER, "10 or 2.5"),
    WithJsonSchema({"type": "string", "pattern": _NUMBER, "examples": ["10", "2.5"]}),
]


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fresh(_Parameters):
    """Of every look-up."""

    fresh: bool = Field(default=False, description="Ask the ERP now, whatever answer is kept.")


class OfCustomer(Fresh):
    """Of a list that may be of one customer."""

    customer: Key | None = Field(default=None, description="Only what is for this customer.")


class Pages(Fresh):
    """Of a list."""

    cursor: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="That of the page before; without one, the list begins."
    )


class Invoices(Pages):
    """Which invoices."""

    since: Day | None = Field(default=None, alias="from", description="The first day of issue.")
    until: Day | None = Field(default=None, alias="to", description="The last day of issue.")
    state: InvoiceState | None = Field(default=None, description="Only those in this state.")


class Orders(Pages):
    """Which orders."""

    state: OrderState | None = Field(default=None, description="Only those that are open, or closed.")


class Bought(Fresh):
    """How many of a product are to be bought."""

    quantity: Quantity = Field(default=Decimal(1), description="How many; prices depend on it.")


class Wanted(_Parameters):
    """How much of products is wanted, by whom, and from where."""

    customer: Key | None = Field(default=None, description="Whose price; without one, that of the list.")
    quantity: Quantity = Field(default=Decimal(1), description="How many; prices and delivery depend on it.")
    warehouse: Key | None = Field(default=None, description="From which warehouse; without one, all are told.")


class OneProduct(Fresh, Wanted):
    """Of one product."""


class ManyProducts(Wanted):
    """Several products at a time."""

    skus: Annotated[list[Key], Field(min_length=1, max_length=MOST_PRODUCTS)] = Field(
        description="Each by its SKU or, where none has it, its product_id.", examples=[["BP-1001", "BP-1002"]]
    )
