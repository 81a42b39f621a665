"""Dates and moments, in any of several formats; those that state a zone and those that are local times."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.attributes import EPOCH, EPOCH_MS, EXCEL
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.validation.conversion.converted import Converted, faulty, matches
from wiseparts_pipeline.importing.validation.conversion.months import has_month_name, in_english, without_dots
from wiseparts_pipeline.importing.validation.conversion.years import Century

_ISO = "%Y-%m-%d"
# Arrow reads a year 0, which PostgreSQL does not have.
_FIRST_DAY = pa.scalar(date(1, 1, 1))
_FIRST_MOMENT = pa.scalar(datetime(1, 1, 1), pa.timestamp("us"))
_LAST_MOMENT = pa.scalar(datetime(9999, 12, 31, 23, 59, 59, 999_999), pa.timestamp("us"))
_FIRST_UTC = pa.scalar(datetime(1, 1, 1, tzinfo=UTC), Type.TIMESTAMP.arrow)
_LAST_UTC = pa.scalar(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), Type.TIMESTAMP.arrow)
_ISO_NAIVE = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?)?$"
_ISO_ZONED = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$"
# pandas reads these as the moment of the import.
_WORDS = ("now", "today")
# How many digits the parts of a date have.
_DIGITS = {"d": "2", "m": "2", "y": "2", "Y": "4", "H": "2", "I": "2", "M": "2", "S": "2", "j": "3", "f": "1,6"}
_MICROSECONDS = {EPOCH: 1_000_000, EPOCH_MS: 1_000}
# So many digits that neither can be taken for the other, nor Excel's days for either.
_SINCE_1970 = {EPOCH: r"^(-\d{1,11}|\d{9,11})(\.\d{1,6})?$", EPOCH_MS: r"^-?\d{12,14}(\.\d{1,3})?$"}
# Excel takes 1900 for a leap year: its day 60 never was, and those before it are counted from a day later.
_EXCEL_DAY_0 = datetime(1899, 12, 30)
_EXCEL_LEAP_DAY = 60
_EXCEL_LAST_DAY = 2_958_465


def dates(
    cells: pa.Array, file: FileFormat, formats: Sequence[str], timezone: str, *, looks_ahead: bool = False
) -> Converted:
    """Days; a moment that states its zone is one of the day that it is in the importer's."""
    formats = file.accepted_dates(formats)
    if formats[0] == _ISO:
        try:
            days = cells.cast(pa.date32())
        except pa.ArrowInvalid:
            pass
        else:
            if not pc.any(pc.less(days, _FIRST_DAY)).as_py():
                return Converted(days, {}, literals=cells)
    naive, zoned = _moments(cells, formats, Century(file.two_digit_years_from, looks_ahead=looks_ahead))
    if zoned is not None:
        naive = _in_calendar(pc.coalesce(naive, pc.local_timestamp(zoned.cast(pa.timestamp("us", tz=timezone)))))
    return Converted(naive.cast(pa.date32(), safe=False), {RowCode.NOT_A_DATE: faulty(cells, pc.is_valid(naive))})


def timestamps(
    cells: pa.Array, file: FileFormat, formats: Sequence[str], timezone: str, *, looks_ahead: bool = False
) -> Converted:
    """Moments; those that state no zone are local times of the importer's."""
    century = Century(file.two_digit_years_from, looks_ahead=looks_ahead)
    naive, zoned = _moments(cells, file.accepted_dates(formats), century)
    local, unsure = _in_zone(naive, timezone)
    values = local.cast(Type.TIMESTAMP.arrow)
    if zoned is not None:
        values = pc.coalesce(values, zoned)
    # The first and the last day may be outside the calendar in UTC.
    values = pc.if_else(pc.and_(pc.greater_equal(values, _FIRST_UTC), pc.less_equal(values, _LAST_UTC)), values, None)
    return Converted(values, {RowCode.NOT_A_DATE: faulty(cells, pc.is_valid(values))}, unsure_times=unsure)


def _in_zone(naive: pa.Array, timezone: str) -> tuple[pa.Array, int]:
    """Local times in their zone, and how many of them are not sure.

    When the clocks go back an hour occurs twice: the first is taken. When they go forward one is left out: a time in it
    is taken for the moment at which it would begin.
    """
    try:
        return pc.assume_timezone(naive, timezone), 0
    except pa.ArrowInvalid:
        taken = pc.assume_timezone(naive, timezone, ambiguous="earliest", nonexistent="latest")
        other = pc.assume_timezone(naive, timezone, ambiguous="latest", nonexistent="earliest")
        return taken, int(pc.sum(pc.not_equal(taken, other)).as_py() or 0)


def _moments(cells: pa.Array, formats: Sequence[str], century: Century) -> tuple[pa.Array, pa.Array | None]:
    """Local times, and separately the times that state their zone (None where no cell does)."""
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
        elif format_ in _SINCE_1970:
            found = _since_1970(rest, format_)
        elif format_ == EXCEL:
            naive, found = pc.coalesce(naive, _by_text(rest, _excel_day, pa.timestamp("us"))), None
        elif "%z" in format_:
            found = _parse_stated(rest, format_, century, zoned=True)
        else:
            naive, found = pc.coalesce(naive, _parse_stated(rest, format_, century)), None
        if found is not None:
            zoned = found if zoned is None else pc.coalesce(zoned, found)
    return _in_calendar(naive), zoned


def _in_calendar(naive: pa.Array) -> pa.Array:
    """The moments that PostgreSQL and Python have; null for others."""
    known = pc.and_(pc.greater_equal(naive, _FIRST_MOMENT), pc.less_equal(naive, _LAST_MOMENT))
    return pc.if_else(known, naive, None)


def _iso_naive(cells: pa.Array) -> pa.Array:
    try:
        return cells.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        pass
    shaped = pc.if_else(matches(cells, _ISO_NAIVE), cells, None)
    try:
        return shaped.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return _parse(shaped, "ISO8601")


def _iso_zoned(cells: pa.Array) -> pa.Array | None:
    shaped = pc.if_else(matches(cells, _ISO_ZONED), cells, None)
    return None if shaped.null_count == len(shaped) else _parse(shaped, "ISO8601", zoned=True)


def _since_1970(cells: pa.Array, format_: str) -> pa.Array:
    number = pc.if_else(matches(cells, _SINCE_1970[format_]), cells, None).cast(Type.MONEY.arrow)
    microseconds = pc.multiply(number, pa.scalar(Decimal(_MICROSECONDS[format_])))
    return microseconds.cast(pa.int64()).cast(Type.TIMESTAMP.arrow)


def _excel_day(text: str) -> datetime | None:
    """The moment of a day number and its fraction of a day, to the millisecond as Excel."""
    if not re.fullmatch(r"[0-9]{1,7}([.,][0-9]+)?", text):
        return None
    number = Decimal(text.replace(",", "."))
    if not 1 <= number < _EXCEL_LAST_DAY + 1 or int(number) == _EXCEL_LEAP_DAY:
        return None
    days = number if number > _EXCEL_LEAP_DAY else number + 1
    try:
        return _EXCEL_DAY_0 + timedelta(milliseconds=int((days * 86_400_000).to_integral_value()))
    except OverflowError:
        # Rounded, the last moment of the year 9999 is beyond it.
        return None


def _parse_stated(cells: pa.Array, format_: str, century: Century, *, zoned: bool = False) -> pa.Array:
    """As `_parse`, with months in any language and the century of two-digit years."""
    if has_month_name(format_):
        cells, format_ = _by_text(cells, partial(in_english, format_=format_), pa.string()), without_dots(format_)
    if pattern := _undivided(format_):
        cells = pc.if_else(matches(cells, pattern), cells, None)
    adjust = century.adjust if re.search("%[yx]", format_.replace("%%", "")) else None
    return _parse(cells, format_, zoned=zoned, adjust=adjust)


@cache
def _undivided(format_: str) -> str:
    """What a text must look like where numbers of a format are not divided; empty for other formats.

    Without its first zero, 01122025 could be 11 February: strptime takes as many digits as there are.
    """
    parts = re.findall("%.|[^%]+", format_)
    are_numbers = [False, *(part[0] == "%" and part[1:] in _DIGITS for part in parts), False]
    patterns = [
        rf"\d{{{_DIGITS[part[1]]}}}"
        if is_number and (before or behind)
        else ".+"
        if part[0] == "%"
        else re.escape(part)
        for part, before, is_number, behind in zip(parts, are_numbers, are_numbers[1:], are_numbers[2:], strict=False)
    ]
    return f"^{''.join(patterns)}$" if any(pattern.startswith(r"\d") for pattern in patterns) else ""


def _by_text(cells: pa.Array, translate: Callable[[str], Any], type_: pa.DataType) -> pa.Array:
    """Each distinct text translated once."""
    encoded = cells.dictionary_encode()
    return pa.array([translate(text) for text in encoded.dictionary.to_pylist()], type_).take(encoded.indices)


def _parse(
    cells: pa.Array,
    format_: str,
    *,
    zoned: bool = False,
    adjust: Callable[[pd.Timestamp], pd.Timestamp | None] | None = None,
) -> pa.Array:
    """Parses each distinct text once. pandas refuses the 31st of February, which C's strptime turns into March."""
    encoded = cells.dictionary_encode()
    texts = pd.Series(encoded.dictionary.to_pylist(), dtype=object)
    texts = texts.where(~texts.isin(_WORDS), None)
    moments = pd.to_datetime(texts, format=format_, errors="coerce", utc=zoned).dt.as_unit("us")
    if adjust is not None:
        adjusted = [None if pd.isna(moment) else adjust(moment) for moment in moments]
        moments = pd.Series(adjusted, dtype=moments.dtype)
    return (
        pa.Array.from_pandas(moments).cast(Type.TIMESTAMP.arrow if zoned else pa.timestamp("us")).take(encoded.indices)
    )


def local_times(cells: pa.Array, format_: str) -> pa.Array:
    """The moments that cells are in one format, in UTC where it is a count from 1970; null where they are none."""
    century = Century(None, looks_ahead=True)
    naive, zoned = _moments(cells, [format_], century)
    return naive if zoned is None else _in_calendar(pc.local_timestamp(zoned))
