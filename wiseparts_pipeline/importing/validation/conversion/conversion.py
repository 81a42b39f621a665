"""Turns text cells into typed values, vectorised and exact; what cannot be read becomes null and is told apart.

Direct Arrow casts are tried first; only a batch with something unusual in it is taken apart.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.attributes import EPOCH
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RowCode

_DECIMAL = Type.MONEY.arrow
_WHOLE_DIGITS = _DECIMAL.precision - _DECIMAL.scale
_QUANTUM = Decimal(1).scaleb(-_DECIMAL.scale)
_TOO_MUCH = Decimal(1).scaleb(_WHOLE_DIGITS)
# Three digits are more than any amount has, and no more than Python's Decimal takes.
_EXPONENT = r"([eE][+-]?\d{1,3})?"
_ISO = "%Y-%m-%d"
# PostgreSQL knows no year 0, which Arrow reads.
_FIRST_DAY = pa.scalar(date(1, 1, 1))
_FIRST_MOMENT = pa.scalar(datetime(1, 1, 1), pa.timestamp("us"))
_FIRST_UTC = pa.scalar(datetime(1, 1, 1, tzinfo=UTC), Type.TIMESTAMP.arrow)
_LAST_UTC = pa.scalar(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), Type.TIMESTAMP.arrow)
_ISO_NAIVE = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?)?$"
_ISO_ZONED = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$"
# Far inside what PostgreSQL takes.
_MOST_JSON_DIGITS = 1000
# pandas takes these for the moment of the import.
_WORDS = ("now", "today")
_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_UNITS = {"H": 3600, "M": 60, "S": 1}
_LIST_SEPARATORS = ("|", ";", ",")


@dataclass(frozen=True)
class Converted:
    """Typed values, null where the cell is empty or faulty; `faults` has a mask of the faulty cells for each code.

    `literals`: text that PostgreSQL reads as the same values, where it is at hand; writing a decimal anew is dear.
    """

    values: pa.Array
    faults: dict[RowCode, pa.Array]
    rounded: int = 0
    literals: pa.Array | None = None


def convert(cells: pa.Array, type_: Type, file: FileFormat, formats: Sequence[str], timezone: str) -> Converted:
    """Cells (trimmed text, null where empty) as values of a type."""
    match type_:
        case Type.MONEY | Type.NUMBER:
            return _decimals(cells, file)
        case Type.INT:
            return _durations(cells, formats) if formats else _integers(cells, file)
        case Type.DATE:
            return _dates(cells, file.accepted_dates(formats), timezone)
        case Type.TIMESTAMP:
            return _timestamps(cells, file.accepted_dates(formats), timezone)
        case Type.BOOL:
            return _booleans(cells, file)
        case Type.TEXT_LIST:
            return _by_value(cells, _list_literal)
        case Type.JSON:
            return _by_value(cells, _json_text)
        case Type.UUID:
            lower = pc.utf8_lower(cells)
            readable = _matches(lower, _UUID)
            faults = {RowCode.BAD_FORMAT: _faulty(lower, readable)}
            return Converted(pc.if_else(readable, lower, None), faults)
    return Converted(cells, {})


def round_to_scale(values: pa.Array) -> pa.Array:
    """Computed decimals in the scale of the table, half away from zero; null when out of range."""
    rounded = pc.round(values, _DECIMAL.scale, round_mode="half_towards_infinity")
    limit = pa.scalar(_TOO_MUCH, pa.decimal256(_WHOLE_DIGITS + 1, 0))
    return pc.if_else(pc.less(pc.abs(rounded), limit), rounded, None).cast(_DECIMAL)


def _decimals(cells: pa.Array, file: FileFormat) -> Converted:
    plain, faults = _plain_numbers(cells, file)
    try:
        return Converted(plain.cast(_DECIMAL), faults, literals=plain)
    except pa.ArrowInvalid:
        pass
    readable = _matches(plain, rf"^[+-]?(\d+\.?\d*|\.\d+){_EXPONENT}$")
    usual = _matches(plain, rf"^[+-]?\d{{0,{_WHOLE_DIGITS}}}(\.\d{{0,{_DECIMAL.scale}}})?$")
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
        faults | {RowCode.NOT_A_NUMBER: _either(faults, _faulty(plain, readable)), RowCode.OUT_OF_RANGE: out_of_range},
        rounded,
    )


def _rounded(number: Decimal) -> Decimal | None:
    """The number in the scale of the table, None when it has too many digits before the point."""
    if number and number.adjusted() > _WHOLE_DIGITS:
        return None
    kept = number.quantize(_QUANTUM, ROUND_HALF_UP) if number else Decimal(0)
    return kept if abs(kept) < _TOO_MUCH else None


def _integers(cells: pa.Array, file: FileFormat) -> Converted:
    plain, faults = _plain_numbers(cells, file)
    usual = _matches(plain, r"^-?\d{1,18}$")
    if not pc.any(_faulty(plain, usual)).as_py():
        return Converted(plain.cast(pa.int64()), faults, literals=plain)
    whole = pc.replace_substring_regex(plain, r"^([+-]?\d+)\.0*$", r"\1")
    readable = _matches(whole, r"^[+-]?\d+$")
    in_range = _matches(whole, r"^[+-]?0*\d{1,18}$")
    unsigned = pc.replace_substring_regex(pc.if_else(pc.and_(readable, in_range), whole, None), r"^\+", "")
    return Converted(
        unsigned.cast(pa.int64()),
        {
            RowCode.NOT_A_NUMBER: _either(faults, _faulty(whole, readable)),
            RowCode.OUT_OF_RANGE: pc.and_(readable, pc.invert(in_range)),
        },
    )


def _durations(cells: pa.Array, formats: Sequence[str]) -> Converted:
    """Whole seconds of `1:02:03` and the like; a fraction of a second is left out."""
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
    return Converted(seconds, {RowCode.NOT_A_NUMBER: _faulty(cells, pc.is_valid(seconds))})


def _plain_numbers(cells: pa.Array, file: FileFormat) -> tuple[pa.Array, dict[RowCode, pa.Array]]:
    """Numbers as the database writes them. `1.23` is none where the decimal sign is a comma: it would become 123."""
    if file.decimal == "." and not file.thousands:
        return cells, {}
    point = re.escape(file.decimal)
    whole = rf"\d{{1,3}}({re.escape(file.thousands)}\d{{3}})+|\d+" if file.thousands else r"\d+"
    readable = _matches(cells, rf"^[+-]?(({whole})({point}\d*)?|{point}\d+){_EXPONENT}$")
    plain = pc.if_else(readable, cells, None)
    if file.thousands:
        plain = pc.replace_substring(plain, file.thousands, "")
    if file.decimal != ".":
        plain = pc.replace_substring(plain, file.decimal, ".")
    return plain, {RowCode.NOT_A_NUMBER: _faulty(cells, readable)}


def _dates(cells: pa.Array, formats: Sequence[str], timezone: str) -> Converted:
    if formats[0] == _ISO:
        try:
            days = cells.cast(pa.date32())
        except pa.ArrowInvalid:
            pass
        else:
            if not pc.any(pc.less(days, _FIRST_DAY)).as_py():
                return Converted(days, {}, literals=cells)
    naive, zoned = _moments(cells, formats)
    if zoned is not None:
        naive = pc.coalesce(naive, pc.local_timestamp(zoned.cast(pa.timestamp("us", tz=timezone))))
    return Converted(naive.cast(pa.date32(), safe=False), {RowCode.NOT_A_DATE: _faulty(cells, pc.is_valid(naive))})


def _timestamps(cells: pa.Array, formats: Sequence[str], timezone: str) -> Converted:
    naive, zoned = _moments(cells, formats)
    # When the clocks go back an hour comes twice: the first one is taken.
    values = pc.assume_timezone(naive, timezone, ambiguous="earliest", nonexistent="latest").cast(Type.TIMESTAMP.arrow)
    if zoned is not None:
        values = pc.coalesce(values, zoned)
    # The first and the last day can be outside the calendar in UTC.
    values = pc.if_else(pc.and_(pc.greater_equal(values, _FIRST_UTC), pc.less_equal(values, _LAST_UTC)), values, None)
    return Converted(values, {RowCode.NOT_A_DATE: _faulty(cells, pc.is_valid(values))})


def _moments(cells: pa.Array, formats: Sequence[str]) -> tuple[pa.Array, pa.Array | None]:
    """Local times, and apart from them the times that state their zone (None where no cell does)."""
    naive = pa.nulls(len(cells), pa.timestamp("us"))
    zoned: pa.Array | None = None
    for format_ in formats:
        rest = pc.if_else(pc.is_null(naive), cells, None)
        if zoned is not None:
            rest = pc.if_else(pc.is_null(zoned), rest, None)
        if rest.null_count == len(rest):
            break
        if format_ == _ISO:
            naive, found = pc.coalesce(naive, _iso_naive(rest), _parse(rest, _ISO)), _iso_zoned(rest)
        elif format_ == EPOCH:
            found = _epoch(rest)
        elif "%z" in format_:
            found = _parse(rest, format_, zoned=True)
        else:
            naive, found = pc.coalesce(naive, _parse(rest, format_)), None
        if found is not None:
            zoned = found if zoned is None else pc.coalesce(zoned, found)
    return pc.if_else(pc.less(naive, _FIRST_MOMENT), None, naive), zoned


def _iso_naive(cells: pa.Array) -> pa.Array:
    try:
        return cells.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        pass
    shaped = pc.if_else(_matches(cells, _ISO_NAIVE), cells, None)
    try:
        return shaped.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return _parse(shaped, "ISO8601")


def _iso_zoned(cells: pa.Array) -> pa.Array | None:
    shaped = pc.if_else(_matches(cells, _ISO_ZONED), cells, None)
    return None if shaped.null_count == len(shaped) else _parse(shaped, "ISO8601", zoned=True)


def _epoch(cells: pa.Array) -> pa.Array:
    seconds = pc.if_else(_matches(cells, r"^-?\d{1,11}(\.\d{1,6})?$"), cells, None).cast(_DECIMAL)
    return pc.multiply(seconds, pa.scalar(Decimal(1_000_000))).cast(pa.int64()).cast(Type.TIMESTAMP.arrow)


def _parse(cells: pa.Array, format_: str, *, zoned: bool = False) -> pa.Array:
    """Parses each distinct text once. pandas refuses the 31st of February, which C's strptime turns into March."""
    encoded = cells.dictionary_encode()
    texts = pd.Series(encoded.dictionary.to_pylist(), dtype=object)
    texts = texts.where(~texts.isin(_WORDS), None)
    moments = pd.to_datetime(texts, format=format_, errors="coerce", utc=zoned).dt.as_unit("us")
    return (
        pa.Array.from_pandas(moments).cast(Type.TIMESTAMP.arrow if zoned else pa.timestamp("us")).take(encoded.indices)
    )


def _booleans(cells: pa.Array, file: FileFormat) -> Converted:
    lower = pc.utf8_lower(cells)
    true = _in(lower, file.true_values)
    false = _in(lower, file.false_values)
    known = pc.or_(true, false)
    return Converted(pc.if_else(known, true, None), {RowCode.NOT_A_BOOL: _faulty(cells, known)})


def _in(cells: pa.Array, values: Sequence[str]) -> pa.Array:
    return pc.is_in(cells, value_set=pa.array([value.lower() for value in values], pa.string()))


def _by_value(cells: pa.Array, translate: Callable[[str], str | None]) -> Converted:
    """Translates each distinct text once; None says that it is not in the right form."""
    encoded = cells.dictionary_encode()
    translated = pa.array([translate(text) for text in encoded.dictionary.to_pylist()], pa.string())
    values = translated.take(encoded.indices)
    return Converted(values, {RowCode.BAD_FORMAT: _faulty(cells, pc.is_valid(values))})


def _list_literal(text: str) -> str | None:
    """A list cell (`A|B`, `A;B`, `A,B` or a JSON list) as a PostgreSQL array literal."""
    if text.startswith("["):
        items = _parsed(text)
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            return None
    else:
        separator = next((separator for separator in _LIST_SEPARATORS if separator in text), ",")
        items = [item.strip() for item in text.split(separator) if item.strip()]
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def _json_text(text: str) -> str | None:
    return text if _parsed(text) is not None or text == "null" else None


def _parsed(text: str) -> Any:
    """What JSON text says, its numbers as they are written; None when it is none that PostgreSQL takes."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)  # NaN and Infinity are not JSON

    def number(digits: str) -> str:
        if abs(Decimal(digits).adjusted()) > _MOST_JSON_DIGITS:
            raise ValueError(digits)
        return digits

    try:
        value = json.loads(text, parse_constant=refuse, parse_int=number, parse_float=number)
        said = json.dumps(value, ensure_ascii=False)
        said.encode()  # not with half a surrogate pair
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return None if "\\u0000" in said else value


def _matches(cells: pa.Array, pattern: str) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(cells, pattern), False)


def _faulty(cells: pa.Array, readable: pa.Array) -> pa.Array:
    return pc.and_(pc.is_valid(cells), pc.invert(readable))


def _either(faults: dict[RowCode, pa.Array], mask: pa.Array) -> pa.Array:
    first = faults.get(RowCode.NOT_A_NUMBER)
    return mask if first is None else pc.or_(first, mask)


def as_mask(array: pa.Array) -> np.ndarray:
    """A boolean Arrow array without nulls as a NumPy mask."""
    mask: np.ndarray = np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)
    return mask
