"""Numbers and durations, exact: decimals never become binary fractions.

Direct Arrow casts are tried first; only a batch with something unusual in it is looked at cell by cell.
"""

import re
from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.validation.conversion.converted import Converted, faulty, matches

_DECIMAL = Type.MONEY.arrow
_WHOLE_DIGITS = _DECIMAL.precision - _DECIMAL.scale
_QUANTUM = Decimal(1).scaleb(-_DECIMAL.scale)
# Arrow takes numbers for zero that have more decimals than this, whatever is before them.
_LONGEST_SURE = 38
_LIMIT = Decimal(1).scaleb(_WHOLE_DIGITS)
# Three digits are more than any amount has, and as many as Python's Decimal takes.
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
# Each inside a character class.
_BLANKS = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_APOSTROPHES = "'’"
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_SECONDS = {"H": 3600, "M": 60, "S": 1}


def round_to_scale(values: pa.Array) -> pa.Array:
    """Computed decimals in the scale of the table, half away from zero; null when out of range."""
    rounded = pc.round(values, _DECIMAL.scale, round_mode="half_towards_infinity")
    limit = pa.scalar(_LIMIT, pa.decimal256(_WHOLE_DIGITS + 1, 0))
    return pc.if_else(pc.less(pc.abs(rounded), limit), rounded, None).cast(_DECIMAL)


def decimals(cells: pa.Array, file: FileFormat, units: Collection[str] = ()) -> Converted:
    """Amounts and quantities in the scale of the table, rounded half away from zero.

    `units`: what may stand beside the number; with those that do as the result's `units`.
    """
    if file.decimal == "." and not file.thousands:
        try:
            return Converted(_exact(cells), {}, literals=cells)
        except pa.ArrowInvalid:
            pass
    plain, beside = plain_numbers(cells, file, units)
    faults = {RowCode.NOT_A_NUMBER: faulty(cells, pc.is_valid(plain))}
    try:
        return Converted(_exact(plain), faults, literals=plain, units=beside)
    except pa.ArrowInvalid:
        pass
    usual = matches(plain, rf"^[+-]?\d{{0,{_WHOLE_DIGITS}}}(\.\d{{0,{_DECIMAL.scale}}})?$")
    values = pc.if_else(usual, plain, None).cast(_DECIMAL)
    unusual = faulty(plain, usual)
    out_of_range, rounded = pa.array([False] * len(cells)), 0
    if pc.any(unusual).as_py():
        texts = pc.if_else(unusual, plain, None).to_pylist()
        exact = [None if text is None else Decimal(text) for text in texts]
        kept = [None if number is None else _rounded(number) for number in exact]
        out_of_range = pa.array([k is None and number is not None for k, number in zip(kept, exact, strict=True)])
        rounded = sum(k is not None and k != number for k, number in zip(kept, exact, strict=True))
        values = pc.coalesce(values, pa.array(kept, _DECIMAL))
    return Converted(values, faults | {RowCode.OUT_OF_RANGE: out_of_range}, rounded, units=beside)


def _exact(cells: pa.Array) -> pa.Array:
    """Texts as decimals. Raises ArrowInvalid where one is none, or may have more digits than are kept."""
    if (pc.max(pc.binary_length(cells)).as_py() or 0) > _LONGEST_SURE:
        raise pa.ArrowInvalid("too long")
    return cells.cast(_DECIMAL)


def fractions_of_percentages(cells: pa.Array, file: FileFormat) -> pa.Array:
    """`12%` as `0.12`; other cells as they are."""
    are_percentages = matches(cells, rf"^-?\d+({re.escape(file.decimal)}\d+)?%$")
    if not pc.any(are_percentages).as_py():
        return cells
    percentages = cells.filter(are_percentages).to_pylist()
    numbers = [Decimal(text.rstrip("%").replace(file.decimal, ".")).scaleb(-2) for text in percentages]
    texts = [format(number, "f").replace(".", file.decimal) for number in numbers]
    return pc.replace_with_mask(cells, are_percentages, pa.array(texts, pa.string()))


def _rounded(number: Decimal) -> Decimal | None:
    """The number in the scale of the table, None when it has too many digits before the point."""
    if number and number.adjusted() > _WHOLE_DIGITS:
        return None
    kept = number.quantize(_QUANTUM, ROUND_HALF_UP) if number else Decimal(0)
    return kept if abs(kept) < _LIMIT else None


def integers(cells: pa.Array, file: FileFormat) -> Converted:
    """Whole numbers, also when written `12.0`."""
    if not pc.any(faulty(cells, matches(cells, r"^-?\d{1,18}$"))).as_py():
        return Converted(cells.cast(pa.int64()), {}, literals=cells)
    plain, _ = plain_numbers(cells, file)
    whole = pc.replace_substring_regex(plain, r"^([+-]?\d+)\.0*$", r"\1")
    readable = matches(whole, r"^[+-]?\d+$")
    in_range = matches(whole, r"^[+-]?0*\d{1,18}$")
    unsigned = pc.replace_substring_regex(pc.if_else(pc.and_(readable, in_range), whole, None), r"^\+", "")
    return Converted(
        unsigned.cast(pa.int64()),
        {
            RowCode.NOT_A_NUMBER: faulty(cells, readable),
            RowCode.OUT_OF_RANGE: pc.and_(readable, pc.invert(in_range)),
        },
    )


def durations(cells: pa.Array, formats: Sequence[str]) -> Converted:
    """Whole seconds of `1:02:03` and the like; a fraction of a second is dropped."""
    seconds = pa.nulls(len(cells), pa.int64())
    for format_ in formats:
        # Behind another number with nothing between them, one has two digits.
        pattern = re.sub(r"(?<=%[HMS])%([HMS])", r"(?P<\1>\\d{2})", re.escape(format_))
        pattern = re.sub(r"%([HMS])", r"(?P<\1>\\d{1,9})", pattern)
        pattern = re.sub(r"(\(\?P<S>[^)]*\))", r"\1(?:\\.\\d+)?", pattern)
        found = pc.extract_regex(cells, f"^{pattern}$")
        parts = [
            pc.multiply(pc.struct_field(found, unit).cast(pa.int64()), pa.scalar(length))
            for unit, length in _SECONDS.items()
            if f"%{unit}" in format_
        ]
        seconds = pc.coalesce(seconds, reduce(pc.add, parts))
    return Converted(seconds, {RowCode.NOT_A_NUMBER: faulty(cells, pc.is_valid(seconds))})


def plain_numbers(cells: pa.Array, file: FileFormat, units: Collection[str] = ()) -> tuple[pa.Array, pa.Array | None]:
    """Numbers as the database writes them, null where a cell is none, and the unit beside each (None: all are bare).

    Strict, as `1.23` must not become 123 where the decimal sign is a comma.
    """
    bare = matches(cells, f"^[+-]?{_body(file)}$")
    plain, beside = pc.if_else(bare, cells, None), None
    rest = pc.if_else(bare, None, cells)
    if rest.null_count < len(rest):
        decorated = rest.dictionary_encode()
        undecorated = Undecorated(file, units)
        found = [undecorated.number(text) for text in decorated.dictionary.to_pylist()]
        numbers, beside = (
            pa.array([each and each[part] for each in found], pa.string()).take(decorated.indices) for part in (0, 1)
        )
        plain = pc.coalesce(plain, numbers)
        beside = beside if beside.null_count < len(beside) else None
    if file.thousands in (".", ","):
        plain = pc.replace_substring(plain, file.thousands, "")
    elif file.thousands:
        plain = pc.replace_substring_regex(plain, _grouping(file.thousands), "")
    if file.decimal != ".":
        plain = pc.replace_substring(plain, file.decimal, ".")
    return plain, beside


class Undecorated:
    """Numbers with a sign behind, in brackets, with other dashes, or with blanks or one of the units beside them."""

    def __init__(self, file: FileFormat, units: Collection[str]) -> None:
        self._point = file.decimal
        self._units = units
        front = rf"([+\-{_DASHES}]?)"
        # A dash of another kind behind a number is no sign: `1200.–` is a price.
        back = r"([+\-\u2212]?)"
        unit = rf"([^\x00-#%-@{_DASHES}\s]{{1,4}}\.?|%|)"
        parts = [front, unit, front, r"(\(?)", unit, f"({_body(file)})", unit, back, r"(\)?)", unit, back]
        # Possessive: whatever the number of blanks, they are tried once.
        self._pattern = re.compile(r"\s*+".join(parts))

    def number(self, text: str) -> tuple[str, str | None] | None:
        """The number with a minus sign or none, and its unit; None where it is not sure.

        That is where the sign is stated twice, or stands behind a decimal sign: `1200.-`.
        """
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        sign1, unit1, sign2, opening, unit2, digits, unit3, sign3, closing, unit4, sign4 = found.groups()
        signs, units = sign1 + sign2 + sign3 + sign4, unit1 + unit2 + unit3 + unit4
        if bool(opening) is not bool(closing) or len(signs + opening) > 1:
            return None
        if units and (units not in (unit1, unit2, unit3, unit4) or units not in self._units):
            return None
        if (sign3 or sign4) and not digits[-1].isdigit():
            return None
        if (unit1 + unit2).endswith(".") and self._point == "." and "." not in digits and "." + digits in text:
            return None  # `kr.50` may be 50 or 0.50
        return ("-" if opening or signs not in ("", "+") else "") + digits, units or None


def _body(file: FileFormat) -> str:
    """The pattern of a number without its sign. Groups begin with a digit other than 0: `0,123` is no thousands."""
    point = re.escape(file.decimal)
    whole = r"[0-9]+"
    if file.thousands:
        group = _grouping(file.thousands)
        whole = rf"{whole}|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+"
        if file.thousands == ",":
            # 1,23,45,678 is how India writes 12,345,678.
            whole = rf"{whole}|[1-9][0-9]?(?:,[0-9][0-9])+,[0-9]{{3}}"
    return rf"(?:(?:{whole})(?:{point}[0-9]*)?|{point}[0-9]+){_EXPONENT}"


def _grouping(thousands: str) -> str:
    """The pattern of what groups digits: any blank is as good as another, and so are the two apostrophes."""
    if thousands.isspace():
        return f"[{_BLANKS}]"
    return f"[{_APOSTROPHES}]" if thousands in _APOSTROPHES else re.escape(thousands)
