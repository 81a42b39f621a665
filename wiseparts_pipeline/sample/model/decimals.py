"""Money and quantities as scaled integers, exact to the cent, and their text."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def decimal_text(values: Iterable[int], places: int) -> list[str]:
    """Scaled integers as decimals: -1250 with 2 places is `-12.50`."""
    scale = 10**places
    return [f"{'-' if value < 0 else ''}{abs(value) // scale}.{abs(value) % scale:0{places}}" for value in values]


def money(cents: Iterable[int]) -> list[str]:
    return decimal_text(cents, 2)


def shortest(tenths: Iterable[int]) -> list[str]:
    """Tenths without a trailing `.0`: 25 is `2.5`, 20 is `2`."""
    return [text.removesuffix(".0") for text in decimal_text(tenths, 1)]


def divide(values: Ints, divisor: int) -> Ints:
    """Division, rounded half away from zero as PostgreSQL rounds a numeric."""
    rounded: Ints = np.sign(values) * ((2 * np.abs(values) + divisor) // (2 * divisor))
    return rounded


def net_cents(quantity_tenths: Ints, price_cents: Ints, discount_tenths: Ints) -> Ints:
    """round(quantity * unit_price * (1 - discount_percent / 100), 2), in cents."""
    return divide(quantity_tenths * price_cents * (1000 - discount_tenths), 10_000)
