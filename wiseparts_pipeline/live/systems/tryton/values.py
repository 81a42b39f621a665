"""Values of Tryton's records, which are texts, as those of answers."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

# Of an invoice or an order.
AMOUNTS = ("untaxed_amount", "tax_amount", "total_amount")


def text(value: Any) -> str | None:
    """Without white space around it; None for what is empty."""
    return str(value).strip() or None if value is not None else None


def first_text(*values: Any) -> str | None:
    """The first that is not empty."""
    return next((found for each in values if (found := text(each))), None)


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def day(value: Any) -> date | None:
    """Also of a moment."""
    return date.fromisoformat(value[:10]) if value else None


def as_date(value: date) -> dict[str, object]:
    """A day as Tryton takes it."""
    return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}


def numbered(numbers: Iterable[int]) -> list[Any]:
    """The condition that a record has one of these numbers, also one that is not active."""
    return [["id", "in", list(numbers)], ["active", "in", [True, False]]]
