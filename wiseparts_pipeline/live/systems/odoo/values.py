"""Values of Odoo's records, which are texts, as those of answers."""

from datetime import date
from decimal import Decimal
from typing import Any


def text(value: Any) -> str | None:
    """Without white space around it; None for what is empty."""
    return str(value).strip() or None if value is not None else None


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def amount(value: Any) -> Decimal:
    """What is not there is 0."""
    return Decimal(value or 0)


def day(value: Any) -> date | None:
    """Also of a moment."""
    return date.fromisoformat(value[:10]) if value else None
