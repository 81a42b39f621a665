"""Numbers and durations, exact: decimals never become binary fractions.

Direct Arrow casts are tried first; only a batch with something unusual in it is looked at cell by cell.
"""

import re
from collections.abc import Sequence
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
_LIMIT = Decimal(1).scaleb(_WHOLE_DIGITS)
# Three digits are more than any amount has, and as many as Python's Decimal takes.
_EXPONENT = r"([eE][+-]?\d{1,3})?"
_UNITS = {"H": 3600, "M": 60, "S": 1}


def round_to_scale(values: pa.Array) -> pa.Array:
    """Computed decimals in the scale of the table, half away from zero; null when out of range."""
    rounded = pc.round(values, _DECIMAL.scale, round_mode="half_towards_infinity")
    limit = pa.scalar(_LIMIT, pa.decimal256(_WHOLE_DIGITS + 1, 0))
    return pc.if_else(pc.less(pc.abs(rounded), limit), rounded, None).cast(_DECIMAL)


def decimals(cells: pa.Array, file: FileFormat) -> Converted:
    """Amounts and quantities in the scale of the table, rounded half away from zero."""
    plain, faults = _plain_numbers(cells, file)
    try:
        return Converted(plain.cast(_DECIMAL), faults, literals=plain)
    except pa.ArrowInvalid:
        pass
    readable = matches(plain, rf"^[+-]?(\d+\.?\d*|\.\d+){_EXPONENT}$")
    usual = matches(plain, rf"^[+-]?\d{{0,{_WHOLE_DIGITS}}}(\.\d{{0,{_DECIMAL.scale}}})?$")
    values = pc.if_else(pc.and_(readable, usual), plain, None).cast(_DECIMAL)
    unusual = pc.and_(readable, pc.invert(usual))
    out_of_range, rounded = pa.array([False] * len(cells)), 0
    if pc.any(unusual).as_py():
        texts = pc.if_else(unusual, plain, None).to_pylist()
        exact = [None if text is None else Decimal(text) for text in texts]
        kept = [None if number is None else _rounded(number) for number in exact]
        out_of_range = pa.array([k is None and number is not None for k, number in zip(kept, exact, strict=True)])
        rounded = sum(k is not None and k != number for k, number in zip(kept, exact, strict=True))
        values = pc.coalesce(values, pa.array(kept, _DECIMAL))
    return Converted(
        values,
        faults | {RowCode.NOT_A_NUMBER: _either(faults, faulty(plain, readable)), RowCode.OUT_OF_RANGE: out_of_range},
        rounded,
    )


def _rounded(number: Decimal) -> Decimal | None:
    """The number in the scale of the table, None when it has too many digits before the point."""
    if number and number.adjusted() > _WHOLE_DIGITS:
        return None
    kept = number.quantize(_QUANTUM, ROUND_HALF_UP) if number else Decimal(0)
    return kept if abs(kept) < _LIMIT else None


def integers(cells: pa.Array, file: FileFormat) -> Converted:
    """Whole numbers, also when written `12.0`."""
    plain, faults = _plain_numbers(cells, file)
    usual = matches(plain, r"^-?\d{1,18}$")
    if not pc.any(faulty(plain, usual)).as_py():
        return Converted(plain.cast(pa.int64()), faults, literals=plain)
    whole = pc.replace_substring_regex(plain, r"^([+-]?\d+)\.0*$", r"\1")
    readable = matches(whole, r"^[+-]?\d+$")
    in_range = matches(whole, r"^[+-]?0*\d{1,18}$")
    unsigned = pc.replace_substring_regex(pc.if_else(pc.and_(readable, in_range), whole, None), r"^\+", "")
    return Converted(
        unsigned.cast(pa.int64()),
        {
            RowCode.NOT_A_NUMBER: _either(faults, faulty(whole, readable)),
            RowCode.OUT_OF_RANGE: pc.and_(readable, pc.invert(in_range)),
        },
    )


def durations(cells: pa.Array, formats: Sequence[str]) -> Converted:
    """Whole seconds of `1:02:03` and the like; a fraction of a second is dropped."""
    seconds = pa.nulls(len(cells), pa.int64())
    for format_ in formats:
        pattern = re.escape(format_).replace("%S", r"(?P<S>\d{1,9})(?:\.\d+)?")
        pattern = pattern.replace("%H", r"(?P<H>\d{1,9})").replace("%M", r"(?P<M>\d{1,9})")
        found = pc.extract_regex(cells, f"^{pattern}$")
        parts = [
            pc.multiply(pc.struct_field(found, unit).cast(pa.int64()), pa.scalar(length))
            for unit, length in _UNITS.items()
            if f"%{unit}" in format_
        ]
        seconds = pc.coalesce(seconds, reduce(pc.add, parts))
    return Converted(seconds, {RowCode.NOT_A_NUMBER: faulty(cells, pc.is_valid(seconds))})


def _plain_numbers(cells: pa.Array, file: FileFormat) -> tuple[pa.Array, dict[RowCode, pa.Array]]:
    """Numbers as the database writes them. `1.23` is not one where the decimal sign is a comma: it would become 123."""
    if file.decimal == "." and not file.thousands:
        return cells, {}
    point = re.escape(file.decimal)
    whole = rf"\d{{1,3}}({re.escape(file.thousands)}\d{{3}})+|\d+" if file.thousands else r"\d+"
    readable = matches(cells, rf"^[+-]?(({whole})({point}\d*)?|{point}\d+){_EXPONENT}$")
    plain = pc.if_else(readable, cells, None)
    if file.thousands:
        plain = pc.replace_substring(plain, file.thousands, "")
    if file.decimal != ".":
        plain = pc.replace_substring(plain, file.decimal, ".")
    return plain, {RowCode.NOT_A_NUMBER: faulty(cells, readable)}


def _either(faults: dict[RowCode, pa.Array], mask: pa.Array) -> pa.Array:
    """The mask, and the numbers that were found unreadable before."""
    first = faults.get(RowCode.NOT_A_NUMBER)
    return mask if first is None else pc.or_(first, mask)
