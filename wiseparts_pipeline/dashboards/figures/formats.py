"""How values are written: money and counts with thousands separators, rates as per cent with one decimal."""

from enum import StrEnum
from typing import Any

import pandas as pd

NOTHING = "–"


class Unit(StrEnum):
    """What a value is, which says how it is written."""

    MONEY = "money"
    COUNT = "count"
    RATE = "rate"
    DAYS = "days"
    SECONDS = "seconds"
    DAY = "day"
    MOMENT = "moment"
    TEXT = "text"


def written(value: Any, unit: Unit, currency: str = "") -> str:
    """The value as a person reads it; a dash if there is none."""
    if value is None or pd.isna(value):
        return NOTHING
    match unit:
        case Unit.MONEY:
            return f"{value:,.0f} {currency}".strip()
        case Unit.COUNT:
            return f"{value:,.0f}"
        case Unit.RATE:
            return f"{value:.1%}"
        case Unit.DAYS:
            return f"{value:,.1f} days"
        case Unit.SECONDS:
            return f"{value:,.0f} s" if value >= 10 or value == int(value) else f"{value:,.1f} s"
        case Unit.DAY:
            return f"{value:%-d %b %Y}"
        case Unit.MOMENT:
            return f"{value:%-d %b %Y %H:%M}"
        case Unit.TEXT:
            return str(value)


def written_in_table(value: Any, unit: Unit) -> str:
    """As `written`, but whole amounts, no units, which the heading has, and no dash for a text that is not there."""
    if value is None or pd.isna(value):
        return "" if unit is Unit.TEXT else NOTHING
    if unit is Unit.MONEY:
        return f"{value:,.2f}"
    text = written(value, unit)
    return text.removesuffix(" s") if unit is Unit.SECONDS else text
