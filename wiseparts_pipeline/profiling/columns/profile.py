"""What each column of a file can be read as, and the conventions that the columns share."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.profiling.columns.cells import Cells, count_matching, enough
from wiseparts_pipeline.profiling.columns.dates import (
    CLOCK,
    DAY,
    ISO,
    NUMERIC,
    SHORT_DATE,
    counted_format,
    date_format_of,
    find_day_order,
    with_day_order,
)
from wiseparts_pipeline.profiling.columns.numbers import (
    PERCENT,
    Style,
    currency_of,
    find_number_style,
    is_amount,
    read_numbers,
)
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.terms import TRUTHS, plain

_NULLS = frozenset(
    {"NULL", "null", "Null", "(null)", "\\N", "N/A", "n/a", "#N/A", "NaN", "nan", "None", "nil", "<null>"}
)
# Nulls in columns of numbers, dates or truth values only.
_DASHES = frozenset({"-", "--", "---", "?", ".", "NA", "0000-00-00", "00/00/0000", "00.00.0000", "0000-00-00 00:00:00"})

_MOST_TRUTHS = 4
_WHOLE = re.compile(r"^[+-]?\d+(\.0*)?$")
_NUMBERS = {Type.NUMBER, Type.MONEY}

_SHAPES = {
    "email": re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    "url": re.compile(r"^(https?://|www\.)\S+$"),
    "uuid": re.compile(r"^\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$"),
    "json": re.compile(r"^\{.*\}$"),
    "path": re.compile(r"^[^<>]+( > [^<>]+)+$"),
    "barcode": re.compile(r"^(\d{12,14}|\d{8})$"),
    "phone": re.compile(r"^(\+|00|0|\()[\d\s()/.-]{6,}$|^\d{3}-\d{3}-\d{4}$"),
    "decimal_number": re.compile(r"^\d+\.0$"),
    "currency": re.compile(r"^[A-Z]{3}$"),
    "country": re.compile(r"^[A-Z]{2}$"),
}  # fmt: skip


@dataclass(frozen=True)
class Conventions:
    """How the file writes numbers, dates and nulls."""

    numbers: Finding[tuple[str, str]]
    date_formats: Finding[tuple[str, ...]]
    null_values: tuple[str, ...]


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a sample.

    `type`: the narrowest that most cells can be read as. `types`: all of those, including text. `values`: how often
    each text occurs. `shape`: the kind of text. `formats`: of dates, most frequent first. `is_percentage`: numbers have
    a per cent sign. `currency`: the code of the one beside the amounts. `misfits`: the number of cells that are not of
    `type`. `truths`: the texts for true and false.
    """

    name: str
    type: Type
    types: frozenset[Type]
    values: Mapping[str, int] = field(repr=False)
    filled: int
    empty: int
    shape: str | None = None
    formats: tuple[str, ...] = ()
    is_percentage: bool = False
    currency: str | None = None
    misfits: int = 0
    is_clock: bool = False
    truths: tuple[str, str] | None = None

    @property
    def example(self) -> str:
        return next(iter(self.values), "")

    @property
    def distinct(self) -> int:
        return len(self.values)

    @property
    def is_unique(self) -> bool:
        return self.filled > 0 and self.distinct == self.filled and not self.empty


def find_values(cells: Mapping[str, Sequence[str]], *, european: bool) -> tuple[list[ColumnProfile], Conventions]:
    """The columns of a sample and the conventions that they share. `european`: decides ties between conventions."""
    counted = {name: Counter(text for cell in column if (text := cell.strip())) for name, column in cells.items()}
    nulls = _nulls(counted.values())
    for values in counted.values():
        for null in nulls:
            del values[null]
    numbers = find_number_style(list(counted.values()), european=european)
    order = find_day_order(list(counted.values()), european=european)
    columns = [_column(name, counted[name], len(cells[name]), numbers.value, order.value, nulls) for name in cells]
    found = Counter(form for column in columns if column.type in (Type.DATE, Type.TIMESTAMP) for form in column.formats)
    formats = tuple(form for form, _ in found.most_common()) or (ISO,)
    if all(
        form == ISO or ("%Y" in form and DAY not in form and "%d" > "" and form.startswith("%Y")) for form in formats
    ):
        order = Finding(order.value, Confidence.SURE, "the year comes first")
    return columns, Conventions(numbers, Finding(formats, order.confidence, order.why), tuple(sorted(nulls)))


def _nulls(columns: "Iterable[Counter[str]]") -> set[str]:
    found: set[str] = set()
    for values in columns:
        found |= _NULLS & values.keys()
        dashes = _DASHES & values.keys()
        rest = [text for text in values if text not in _NULLS | _DASHES]
        if dashes and rest and all(_is_typed(text) for text in rest[:200]):
            found |= dashes
    return found


def _is_typed(text: str) -> bool:
    return bool(date_format_of(text) or CLOCK.match(text)) or is_amount(text)


def _column(name: str, values: Cells, rows: int, style: Style, order: str, nulls: set[str]) -> ColumnProfile:
    filled = sum(values.values())
    if not filled:
        return ColumnProfile(name, Type.TEXT, frozenset(Type), values, 0, rows)
    most = enough(filled)
    shape = next((kind for kind, pattern in _SHAPES.items() if count_matching(values, pattern) >= most), None)
    numbers = read_numbers(values, style)
    readable = sum(map(values.__getitem__, numbers.plain))
    whole = sum(values[text] for text, plain in numbers.plain.items() if _WHOLE.match(plain))
    units = numbers.units if 2 * numbers.units.total() > readable else Counter[str]()
    truths = _truths(values)
    types = {Type.TEXT, Type.TEXT_LIST}
    type_, fitting = Type.TEXT, filled
    if readable >= most:
        # A currency stands beside amounts of money only, and a per cent sign beside percentages.
        types |= {Type.NUMBER} if PERCENT in numbers.units else {Type.MONEY} if numbers.units else _NUMBERS
        type_, fitting = Type.NUMBER, readable
        if whole >= most and not numbers.units:
            types.add(Type.INT)
            type_, fitting = Type.INT, whole
    formats, dated = _date_formats(values, order, most)
    if formats:
        types |= {Type.DATE, Type.TIMESTAMP}
        # A date in compact form, or one that is counted, may be a number too; only the column's name can tell.
        if not NUMERIC & set(formats):
            timed = any(":" in text for text in values)
            type_, fitting = (Type.TIMESTAMP if timed else Type.DATE), dated
    if truths:
        types.add(Type.BOOL)
        if type_ is Type.TEXT:
            type_ = Type.BOOL
    if shape == "json":
        types.add(Type.JSON)
    if shape == "uuid":
        types.add(Type.UUID)
    return ColumnProfile(
        name=name,
        type=type_,
        types=frozenset(types),
        values=values,
        filled=filled,
        empty=rows - filled,
        shape=shape,
        formats=formats,
        is_percentage=PERCENT in numbers.units,
        currency=currency_of(units),
        misfits=filled - fitting,
        is_clock=count_matching(values, CLOCK) >= most,
        truths=truths,
    )


def _date_formats(values: Cells, order: str, most: float) -> tuple[tuple[str, ...], int]:
    """The formats of a column of dates, most frequent first, and how many cells have one; none for other columns."""
    forms = Counter[str]()
    rest = Counter[str]()
    for text, count in values.items():
        if form := date_format_of(text):
            forms[with_day_order(form, text, order)] += count
        else:
            rest[text] = count
    if rest and (counted := counted_format(rest)):
        forms[counted] += rest.total()
    if forms.total() < most and (short := count_matching(values, SHORT_DATE)) >= most:
        forms = Counter({"%y%m%d": short})
    if forms.total() < most:
        return (), 0
    return tuple(form for form, _ in forms.most_common()), forms.total()


def _truths(values: Cells) -> tuple[str, str] | None:
    """The texts for true and false, if the column has hardly any others."""
    if len(values) > _MOST_TRUTHS:
        return None
    written = {plain(text) or text: text for text in values}
    cells = {pair: sum(values[written[each]] for each in {*pair} & written.keys()) for pair in TRUTHS}
    # A column of `n` and few others has most of several pairs.
    pair = max(TRUTHS, key=lambda each: cells[each])
    if cells[pair] < enough(sum(values.values())):
        return None
    return written.get(pair[0], pair[0]), written.get(pair[1], pair[1])
