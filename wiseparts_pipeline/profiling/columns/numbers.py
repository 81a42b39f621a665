"""How a file writes numbers: decimal mark and thousands separator, with or without a currency.

What a number may look like is what the importer's conversion takes for one.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.validation.conversion.currencies import CURRENCIES
from wiseparts_pipeline.importing.validation.conversion.numbers import plain_numbers
from wiseparts_pipeline.profiling.columns.cells import Cells, enough
from wiseparts_pipeline.profiling.finding import Confidence, Finding

Style = tuple[str, str]

_NUMBER_STYLES: tuple[Style, ...] = (
    (".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", " "), (",", "'"), (".", "'"),
)  # fmt: skip
PERCENT = "%"
_UNITS = {*CURRENCIES, PERCENT}
# The currency of a sign that several have: that of most of its users.
_USUAL = {"$": "USD", "£": "GBP", "¥": "JPY", "kr": "SEK", "Kr": "SEK", "kr.": "DKK", "Rs": "INR", "Rs.": "INR"}
# Cheaper than the conversion: what is long, has no digit, or many letters, is no number.
_LONGEST = 50
_MOST_LETTERS = 5
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")
_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Numbers:
    """Which cells of a column are numbers in a style: `plain`, the number by text. `units`: what stands beside them."""

    plain: Mapping[str, str] = field(default_factory=dict)
    units: "Counter[str]" = field(default_factory=Counter)


def read_numbers(values: Cells, style: Style) -> Numbers:
    """The cells that the conversion of imports takes for numbers."""
    texts = [text for text in values if _is_possible(text)]
    if not texts:
        return Numbers()
    decimal, thousands = style
    file = FileFormat(decimal=decimal, thousands=thousands)
    plain, beside = plain_numbers(pa.array(texts, pa.string()), file, _UNITS)
    found = {text: number for text, number in zip(texts, plain.to_pylist(), strict=True) if number is not None}
    units: Counter[str] = Counter()
    if beside is not None:
        for text, unit in zip(texts, beside.to_pylist(), strict=True):
            if unit and text in found:
                units[unit] += values[text]
    return Numbers(found, units)


def _is_possible(text: str) -> bool:
    return len(text) <= _LONGEST and _DIGIT.search(text) is not None and len(_LETTER.findall(text)) <= _MOST_LETTERS


def currency_of(units: "Counter[str]") -> str | None:
    """The code of the currency that stands beside most amounts."""
    for unit, _ in units.most_common():
        codes = CURRENCIES.get(unit)
        if codes:
            return _USUAL.get(unit) or (next(iter(codes)) if len(codes) == 1 else None)
    return None


def is_amount(text: str) -> bool:
    """Whether a cell is a number in some style, with or without a currency or per cent sign."""
    cells = Counter([text])
    return any(read_numbers(cells, style).plain for style in _NUMBER_STYLES)


def find_number_style(columns: Sequence[Cells], *, european: bool) -> Finding[Style]:
    """Decimal mark and thousands separator: the pair with which most cells of number columns can be read."""
    fits: Counter[Style] = Counter()
    needed: Counter[Style] = Counter()
    signed: set[str] = set()
    for values in columns:
        total = sum(values.values())
        if not total:
            continue
        # Whole numbers are the same in every style.
        whole = {text for text in values if _WHOLE.fullmatch(text)}
        others = Counter({text: values[text] for text in values.keys() - whole if _is_possible(text)})
        if others.total() + sum(map(values.__getitem__, whole)) < enough(total):
            continue
        read = {style: read_numbers(others, style).plain for style in _NUMBER_STYLES}
        shares = {style: sum(map(values.__getitem__, [*whole, *plain])) for style, plain in read.items()}
        if max(shares.values()) < enough(total):
            continue
        fits.update(shares)
        cores = {_core(text) for text in whole.union(*read.values())}
        if any(not core.isdigit() for core in cores):
            needed.update(shares)
            signed |= cores
    if not needed:
        return Finding((",", "") if european else (".", ""), Confidence.GUESS, "no number has decimals")
    best = max(fits.values())
    equal = [style for style in _NUMBER_STYLES if fits[style] == best]
    decimals = {decimal for decimal, _ in equal}
    if len(decimals) == 1:
        return Finding(equal[0], Confidence.SURE, f"{best:,} cells can be read this way, and fewer in any other")
    bare = [int(core) for core in signed if core.isdigit()]
    if bare and max(bare) < 1000:
        sign = next(sign for text in signed for sign in ".," if sign in text)
        return Finding(
            ("," if sign == "." else ".", sign), Confidence.LIKELY, f"only numbers of 1000 and more have a {sign}"
        )
    # Only numbers like 1,234 or 1.234: either without decimals, or with three throughout.
    preferred = "," if european else "."
    style = next(style for style in equal if style[0] == preferred)
    return Finding(style, Confidence.GUESS, "every number can be read with a decimal point or a decimal comma")


def _core(text: str) -> str:
    """A number without what stands before and behind its digits."""
    return re.sub(r"^[^\d.,]+|[^\d.,]+$", "", text)
