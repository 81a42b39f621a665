"""How a file writes numbers: decimal mark and thousands separator, with or without a currency."""

import re
from collections import Counter
from collections.abc import Sequence

from wiseparts_pipeline.profiling.columns.cells import MOST, Cells
from wiseparts_pipeline.profiling.finding import Confidence, Finding

_NUMBER_STYLES = (
    (".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (",", "\xa0"), (",", "\u202f"), (".", " "),
    (".", "'"), (".", "’"),
)  # fmt: skip
CURRENCIES = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "kr": "SEK",
    "CHF": "CHF",
    "EUR": "EUR",
    "USD": "USD",
    "GBP": "GBP",
    "SEK": "SEK",
}
_SYMBOL = "|".join(map(re.escape, CURRENCIES))
# A number with a currency or per cent sign before or after it.
AMOUNT = re.compile(rf"^(?:({_SYMBOL})\s?)?(-?[\d.,'\s\xa0]*\d)\s?(?:({_SYMBOL}|%))?$")


def find_number_style(columns: Sequence[Cells], *, european: bool) -> Finding[tuple[str, str]]:
    """Decimal mark and thousands separator: the pair with which most cells of number columns can be read."""
    fits: Counter[tuple[str, str]] = Counter()
    needed: Counter[tuple[str, str]] = Counter()
    signed: set[str] = set()
    for values in columns:
        stripped = Counter[str]()
        for text, count in values.items():
            if match := AMOUNT.match(text):
                stripped[match[2].strip()] += count
        total = sum(values.values())
        if not total or sum(stripped.values()) < MOST * total:
            continue
        shares = {style: count_readable(stripped, style) for style in _NUMBER_STYLES}
        if max(shares.values()) < MOST * total:
            continue
        for style, count in shares.items():
            fits[style] += count
        if any(re.search(r"[^\d+-]", text) for text in stripped):
            for style, count in shares.items():
                needed[style] += count
            signed |= stripped.keys()
    if not needed:
        return Finding((",", "") if european else (".", ""), Confidence.GUESS, "no number has decimals")
    best = max(fits.values())
    equal = [style for style in _NUMBER_STYLES if fits[style] == best]
    decimals = {decimal for decimal, _ in equal}
    if len(decimals) == 1:
        return Finding(equal[0], Confidence.SURE, f"{best:,} cells can be read this way, and fewer in any other")
    whole = [int(text) for text in signed if re.fullmatch(r"-?\d+", text)]
    if whole and max(map(abs, whole)) < 1000:
        sign = next(sign for text in signed for sign in ".," if sign in text)
        return Finding(
            ("," if sign == "." else ".", sign), Confidence.LIKELY, f"only numbers of 1000 and more have a {sign}"
        )
    # Only numbers like 1,234 or 1.234: either without decimals, or with three throughout.
    preferred = "," if european else "."
    style = next(style for style in equal if style[0] == preferred)
    return Finding(style, Confidence.GUESS, "every number can be read with a decimal point or a decimal comma")


def count_readable(values: Cells, style: tuple[str, str]) -> int:
    pattern = _number_pattern(style)
    return sum(count for text, count in values.items() if pattern.match(text))


def _number_pattern(style: tuple[str, str]) -> re.Pattern[str]:
    decimal, thousands = style
    whole = rf"(?:\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+)" if thousands else r"\d+"
    return re.compile(rf"^[+-]?(?:{whole}(?:{re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)(?:[eE][+-]?\d+)?$")
