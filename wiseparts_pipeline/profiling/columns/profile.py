"""Finds what the cells of a file are: how it writes numbers and dates, and what each column can be read as."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.profiling.finding import Confidence, Found
from wiseparts_pipeline.profiling.terms import TRUTHS, plain

# A column is of a type when so many of its cells are.
_MOST = 0.9
# Days between dates that are months apart.
_MONTHS_APART = 60
_NULLS = frozenset(
    {"NULL", "null", "Null", "(null)", "\\N", "N/A", "n/a", "#N/A", "NaN", "nan", "None", "nil", "<null>"}
)
# In a column of numbers, dates or truth values these mean that there is none.
_DASHES = frozenset({"-", "--", "---", "?", ".", "NA", "0000-00-00", "00/00/0000", "00.00.0000", "0000-00-00 00:00:00"})

_NUMBER_STYLES = (
    (".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (",", "\xa0"), (",", "\u202f"), (".", " "),
    (".", "'"), (".", "’"),
)  # fmt: skip
_CURRENCIES = {
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
_SYMBOL = "|".join(map(re.escape, _CURRENCIES))
_MONEY = re.compile(rf"^(?:({_SYMBOL})\s?)?(-?[\d.,'\s\xa0]*\d)\s?(?:({_SYMBOL}|%))?$")

_TIME = (
    r"(?P<time>[ T]\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>\.\d{1,9})?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
)
_YEAR_FIRST = re.compile(rf"^(?P<a>\d{{4}})(?P<sign>[-/.])(?P<b>\d{{1,2}})(?P=sign)(?P<c>\d{{1,2}}){_TIME}$")
_YEAR_LAST = re.compile(rf"^(?P<a>\d{{1,2}})(?P<sign>[-/. ])(?P<b>\d{{1,2}})(?P=sign)(?P<c>\d{{4}}|\d{{2}}){_TIME}$")
_NAMED_MONTH = re.compile(
    rf"^(?P<a>\d{{1,2}})(?P<sign>[-/. ])(?P<b>[A-Za-z]{{3,9}})(?P=sign)(?P<c>\d{{4}}|\d{{2}}){_TIME}$"
)
_COMPACT = re.compile(rf"^(?:19|20)\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_TIME}$")
_SHORT = re.compile(r"^\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$")
_CLOCK = re.compile(r"^\d{1,2}:\d{2}(:\d{2})?$")
ISO = "%Y-%m-%d"
_DAY = "DAY"  # stands for %d/%m or %m/%d while that is not yet decided

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
    """How the file writes numbers, dates, truth values and nothing."""

    numbers: Found[tuple[str, str]]
    date_formats: Found[tuple[str, ...]]
    null_values: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """One column of a sample.

    `type`: the narrowest that most cells can be read as; `types`: all of them, text among them. `values`: how often
    each text stands in it. `shape`: what kind of text it is. `formats`: of dates. `has_sign`: a currency or per cent
    stands beside the numbers. `misfits`: cells that are not of `type`. `truths`: the texts for true and false.
    """

    name: str
    type: Type
    types: frozenset[Type]
    values: Mapping[str, int] = field(repr=False)
    filled: int
    empty: int
    shape: str | None = None
    formats: tuple[str, ...] = ()
    has_sign: bool = False
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


def find_values(cells: Mapping[str, Sequence[str]], *, european: bool) -> tuple[list[Column], Conventions]:
    """The columns of a sample and the conventions they share. `european`: what a tie is decided for."""
    counted = {name: Counter(text for cell in column if (text := cell.strip())) for name, column in cells.items()}
    nulls = _nulls(counted.values())
    for values in counted.values():
        for null in nulls:
            del values[null]
    numbers = _number_style(list(counted.values()), european=european)
    order = _day_order(list(counted.values()), european=european)
    columns = [_column(name, counted[name], len(cells[name]), numbers.value, order.value, nulls) for name in cells]
    found = Counter(form for column in columns if column.type in (Type.DATE, Type.TIMESTAMP) for form in column.formats)
    formats = tuple(form for form, _ in found.most_common()) or (ISO,)
    if all(
        form == ISO or ("%Y" in form and _DAY not in form and "%d" > "" and form.startswith("%Y")) for form in formats
    ):
        order = Found(order.value, Confidence.SURE, "the year comes first")
    return columns, Conventions(numbers, Found(formats, order.confidence, order.why), tuple(sorted(nulls)))


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
    return bool(_MONEY.match(text) or _date_form(text) or _CLOCK.match(text))


def _number_style(columns: Sequence["Counter[str]"], *, european: bool) -> Found[tuple[str, str]]:
    """Decimal sign and thousands separator, by how many cells of the columns of numbers each pair would read."""
    fits: Counter[tuple[str, str]] = Counter()
    needed: Counter[tuple[str, str]] = Counter()
    signed: set[str] = set()
    for values in columns:
        stripped = Counter[str]()
        for text, count in values.items():
            if match := _MONEY.match(text):
                stripped[match[2].strip()] += count
        total = sum(values.values())
        if not total or sum(stripped.values()) < _MOST * total:
            continue
        shares = {style: _readable(stripped, style) for style in _NUMBER_STYLES}
        if max(shares.values()) < _MOST * total:
            continue
        for style, count in shares.items():
            fits[style] += count
        if any(re.search(r"[^\d+-]", text) for text in stripped):
            for style, count in shares.items():
                needed[style] += count
            signed |= stripped.keys()
    if not needed:
        return Found((",", "") if european else (".", ""), Confidence.GUESS, "no number has decimals")
    best = max(fits.values())
    equal = [style for style in _NUMBER_STYLES if fits[style] == best]
    decimals = {decimal for decimal, _ in equal}
    if len(decimals) == 1:
        return Found(equal[0], Confidence.SURE, f"{best:,} cells can be read so, and in no other way as many")
    whole = [int(text) for text in signed if re.fullmatch(r"-?\d+", text)]
    if whole and max(map(abs, whole)) < 1000:
        sign = next(sign for text in signed for sign in ".," if sign in text)
        return Found(
            ("," if sign == "." else ".", sign), Confidence.LIKELY, f"only numbers of 1000 and more have a {sign}"
        )
    # 1,234 and 1.234 only: a file without a decimal sign, or with three decimals throughout.
    preferred = "," if european else "."
    style = next(style for style in equal if style[0] == preferred)
    return Found(style, Confidence.GUESS, "every number can be read with a decimal point or a comma")


def _readable(values: "Counter[str]", style: tuple[str, str]) -> int:
    pattern = _number_pattern(style)
    return sum(count for text, count in values.items() if pattern.match(text))


def _number_pattern(style: tuple[str, str]) -> re.Pattern[str]:
    decimal, thousands = style
    whole = rf"(?:\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+)" if thousands else r"\d+"
    return re.compile(rf"^[+-]?(?:{whole}(?:{re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)(?:[eE][+-]?\d+)?$")


def _date_form(text: str) -> str | None:
    """The format of a date, `DAY` in it where day and month cannot be told apart by its form."""
    if match := _YEAR_FIRST.match(text):
        sign = match["sign"]
        if not (int(match["b"]) <= 12 and int(match["c"]) <= 31):
            return None
        zone, half = match["zone"], match["half"]
        iso = sign == "-" and len(match["b"]) == len(match["c"]) == 2 and not half and not (zone or "").startswith(" ")
        return ISO if iso and zone != "UTC" else f"%Y{sign}%m{sign}%d{_clock(match)}"
    if match := _YEAR_LAST.match(text):
        first, second = int(match["a"]), int(match["b"])
        if not 1 <= min(first, second) <= 12 or max(first, second) > 31:
            return None
        return f"{_DAY}{match['sign']}{'%Y' if len(match['c']) == 4 else '%y'}{_clock(match)}"
    if match := _NAMED_MONTH.match(text):
        month = "%b" if len(match["b"]) == 3 else "%B"
        form = f"%d{match['sign']}{month}{match['sign']}{'%Y' if len(match['c']) == 4 else '%y'}"
        try:
            datetime.strptime(text.split(match["time"] or "\n")[0], form)
        except ValueError:
            return None
        return form + _clock(match)
    if match := _COMPACT.match(text):
        return f"%Y%m%d{_clock(match)}"
    return None


def _clock(match: re.Match[str]) -> str:
    if not match["time"]:
        return ""
    clock = match["time"][0] + ("%I:%M" if match["half"] else "%H:%M")
    clock += "" if not match["seconds"] else ":%S.%f" if match["fraction"] else ":%S"
    if match["half"]:
        clock += " %p" if match["half"].startswith(" ") else "%p"
    zone = match["zone"]
    return clock if not zone else clock + (" %z" if zone.startswith(" ") else "%z")


def _day_order(columns: Sequence["Counter[str]"], *, european: bool) -> Found[str]:
    """`%d %m` or `%m %d`, as most of the columns of dates say that say anything."""
    votes: Counter[str] = Counter()
    examples: dict[str, str] = {}
    open_ = False
    for values in columns:
        if not _mostly_dates(values):
            continue
        for text, count in values.items():
            if match := _YEAR_LAST.match(text):
                open_ = True
                for part, order in (("a", "%d %m"), ("b", "%m %d")):
                    if int(match[part]) > 12:
                        votes[order] += count
                        examples.setdefault(order, text)
    if not votes and open_ and (days := _days_in_a_row(columns)):
        # The other way round it may be the first day of each month.
        sure = Confidence.LIKELY if european else Confidence.GUESS
        return Found("%d %m", sure, f"the day comes first: so the dates lie within {days[0]} days, else {days[1]}")
    if not votes:
        default = "%d %m" if european else "%m %d"
        why = "no day above 12 tells day and month apart" if open_ else "no date is written with the year last"
        return Found(default, Confidence.GUESS if open_ else Confidence.SURE, why)
    (best, count), *others = votes.most_common()
    which = "the day comes first" if best == "%d %m" else "the month comes first"
    if others:
        return Found(best, Confidence.LIKELY, f"{which} in {count:,} dates such as {examples[best]}, not in all")
    return Found(best, Confidence.SURE, f"{which}, as {examples[best]} shows")


def _days_in_a_row(columns: Sequence["Counter[str]"]) -> tuple[int, int] | None:
    """Within how many days the dates lie if the day comes first, and if the month does; None unless that tells much."""
    spans = [0, 0]
    for values in filter(_mostly_dates, columns):
        dates = [match for text in values if (match := _YEAR_LAST.match(text))]
        for position, (day, month) in enumerate((("a", "b"), ("b", "a"))):
            # Months of 31 days will do.
            days = [int(match["c"]) * 372 + int(match[month]) * 31 + int(match[day]) for match in dates]
            spans[position] = max(spans[position], max(days, default=0) - min(days, default=0) + 1)
    return (spans[0], spans[1]) if spans[1] > max(_MONTHS_APART, 3 * spans[0]) else None


def _mostly_dates(values: "Counter[str]") -> bool:
    total = sum(values.values())
    return total > 0 and sum(count for text, count in values.items() if _date_form(text)) >= _MOST * total


def _column(
    name: str, values: "Counter[str]", rows: int, style: tuple[str, str], order: str, nulls: set[str]
) -> Column:
    filled = sum(values.values())
    if not filled:
        return Column(name, Type.TEXT, frozenset(Type), values, 0, rows)
    most = _MOST * filled
    forms = Counter[str]()
    for text, count in values.items():
        if form := _date_form(text):
            forms[_decided(form, text, order)] += count
    shape = next((kind for kind, pattern in _SHAPES.items() if _share(values, pattern) >= most), None)
    money = Counter[str]()
    signs = Counter[str]()
    for text, count in values.items():
        if match := _MONEY.match(text):
            money[match[2].strip()] += count
            signs[match[1] or match[3] or ""] += count
    numbers = _readable(values, style)
    bare = _readable(money, style)
    whole = _share(values, re.compile(r"^[+-]?\d+(\.0+)?$" if style[0] == "." else r"^[+-]?\d+$"))
    truths = _truths(values)
    types = {Type.TEXT, Type.TEXT_LIST}
    type_, fitting = Type.TEXT, filled
    formats: tuple[str, ...] = ()
    sign = next((sign for sign, _ in signs.most_common() if sign), None)
    if max(numbers, bare) >= most:
        types |= {Type.NUMBER, Type.MONEY}
        type_, fitting = Type.NUMBER, max(numbers, bare)
        if whole >= most:
            types.add(Type.INT)
            type_, fitting = Type.INT, whole
    # A day of a compact form is a whole number as well, and only its name can tell.
    dated = sum(forms.values())
    if dated < most and _share(values, _SHORT) >= most:
        forms, dated = Counter({"%y%m%d": _share(values, _SHORT)}), _share(values, _SHORT)
    if dated >= most:
        types |= {Type.DATE, Type.TIMESTAMP}
        formats = tuple(form for form, _ in forms.most_common())
        if not {"%Y%m%d", "%y%m%d"} & set(formats):
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
    return Column(
        name=name,
        type=type_,
        types=frozenset(types),
        values=values,
        filled=filled,
        empty=rows - filled,
        shape=shape,
        formats=formats,
        has_sign=numbers < most <= bare,
        currency=_CURRENCIES.get(sign or ""),
        misfits=filled - fitting,
        is_clock=_share(values, _CLOCK) >= most,
        truths=truths,
    )


def _share(values: "Counter[str]", pattern: re.Pattern[str]) -> int:
    return sum(count for text, count in values.items() if pattern.match(text))


def _decided(form: str, text: str, order: str) -> str:
    """The format with day and month in their order; a date that contradicts the file's order has its own."""
    if not form.startswith(_DAY):
        return form
    sign = form[len(_DAY)]
    match = _YEAR_LAST.match(text)
    assert match
    if int(match["a"]) > 12:
        order = "%d %m"
    elif int(match["b"]) > 12:
        order = "%m %d"
    return order.replace(" ", sign) + form[len(_DAY) :]


def _truths(values: "Counter[str]") -> tuple[str, str] | None:
    """The texts for true and false, where the column has no others."""
    if len(values) > 4:
        return None
    texts = {plain(text) or text for text in values}
    pair = next((pair for pair in TRUTHS if texts <= set(pair)), None)
    if pair is None:
        return None
    written = {plain(text) or text: text for text in values}
    return written.get(pair[0], pair[0]), written.get(pair[1], pair[1])
