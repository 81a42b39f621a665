"""Values as Odoo writes them, as plain ones: what they are is told by the fields that they are of."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from wiseparts_pipeline.connections.errors import UnexpectedAnswer

_LISTS = ("one2many", "many2many")
_NUMBERS = ("integer", "float", "monetary")
_TAG = re.compile(r"<(br|/p|/div|/li)\b[^>]*>|<[^>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """A field of a model, as Odoo describes it.

    `relation`: the model that it leads to. `decimals`: how many a number has. `currency`: for an amount, the field with
    its currency, whose decimals it has.
    """

    kind: str
    relation: str | None = None
    decimals: int | None = None
    currency: str | None = None

    @property
    def is_list(self) -> bool:
        return self.kind in _LISTS


def described(about: Mapping[str, Any]) -> Field:
    """The field that an element of `fields_get` is about."""
    digits = about.get("digits")
    decimals = digits[1] if isinstance(digits, list) and len(digits) > 1 else None
    return Field(
        kind=str(about.get("type")),
        relation=about.get("relation") or None,
        decimals=int(decimals) if isinstance(decimals, str) and decimals.isdecimal() else None,
        currency=about.get("currency_field") or None,
    )


def plain(value: Any, field: Field, decimals: int | None, place: str) -> Any:
    """A field's value without Odoo's ways of writing: False for what is not there, and times in UTC that do not say so.

    A record that is referred to is its number and its name. `decimals`: of a number, how many it has. Raises
    UnexpectedAnswer; `place` is the beginning of its message.
    """
    if field.kind == "boolean":
        if isinstance(value, bool):
            return value
    elif field.is_list:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
    elif value is False or value is None:
        return None
    elif field.kind == "many2one":
        if isinstance(value, list) and len(value) == 2:
            return {"id": value[0], "display_name": value[1]}
    elif isinstance(value, str):
        try:
            return _of_text(value, field.kind, decimals)
        except (ValueError, InvalidOperation):
            pass
    raise UnexpectedAnswer(f"{place} is no {field.kind} as Odoo writes it: {value!s:.40}")


def moment(value: datetime) -> str:
    """A moment as Odoo takes it: in UTC, without a zone, and with whole seconds."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _of_text(value: str, kind: str, decimals: int | None) -> str | None:
    if kind in _NUMBERS:
        return rounded(value, decimals)
    if kind == "datetime":
        return datetime.fromisoformat(value).replace(tzinfo=UTC).isoformat()
    if kind == "html":
        value = html.unescape(_TAG.sub(lambda tag: "\n" if tag[1] else "", value)).strip()
    return value or None


def rounded(value: str, decimals: int | None) -> str:
    """A number without the noise of a binary fraction: 79.73000000000002 is 79.73. Raises InvalidOperation."""
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if "e" in value.lower():
        value = f"{number:f}"
    if decimals is None or not isinstance(exponent, int) or -exponent <= decimals:
        return value
    return f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
