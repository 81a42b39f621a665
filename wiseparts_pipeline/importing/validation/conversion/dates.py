"""Dates and moments, in any of several formats; those that state a zone and those that are local times."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.attributes import EPOCH
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.validation.conversion.converted import Converted, faulty, matches

_ISO = "%Y-%m-%d"
# Arrow reads a year 0, which PostgreSQL does not have.
_FIRST_DAY = pa.scalar(date(1, 1, 1))
_FIRST_MOMENT = pa.scalar(datetime(1, 1, 1), pa.timestamp("us"))
_FIRST_UTC = pa.scalar(datetime(1, 1, 1, tzinfo=UTC), Type.TIMESTAMP.arrow)
_LAST_UTC = pa.scalar(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), Type.TIMESTAMP.arrow)
_ISO_NAIVE = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?)?$"
_ISO_ZONED = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$"
# pandas reads these as the moment of the import.
_WORDS = ("now", "today")


def dates(cells: pa.Array, formats: Sequence[str], timezone: str) -> Converted:
    """Days; a moment that states its zone is one of the day that it is in the importer's."""
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
    return Converted(naive.cast(pa.date32(), safe=False), {RowCode.NOT_A_DATE: faulty(cells, pc.is_valid(naive))})


def timestamps(cells: pa.Array, formats: Sequence[str], timezone: str) -> Converted:
    """Moments; those that state no zone are local times of the importer's."""
    naive, zoned = _moments(cells, formats)
    # When the clocks go back an hour occurs twice: the first is taken.
    values = pc.assume_timezone(naive, timezone, ambiguous="earliest", nonexistent="latest").cast(Type.TIMESTAMP.arrow)
    if zoned is not None:
        values = pc.coalesce(values, zoned)
    # The first and the last day may be outside the calendar in UTC.
    values = pc.if_else(pc.and_(pc.greater_equal(values, _FIRST_UTC), pc.less_equal(values, _LAST_UTC)), values, None)
    return Converted(values, {RowCode.NOT_A_DATE: faulty(cells, pc.is_valid(values))})


def _moments(cells: pa.Array, formats: Sequence[str]) -> tuple[pa.Array, pa.Array | None]:
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
    shaped = pc.if_else(matches(cells, _ISO_NAIVE), cells, None)
    try:
        return shaped.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return _parse(shaped, "ISO8601")


def _iso_zoned(cells: pa.Array) -> pa.Array | None:
    shaped = pc.if_else(matches(cells, _ISO_ZONED), cells, None)
    return None if shaped.null_count == len(shaped) else _parse(shaped, "ISO8601", zoned=True)


def _epoch(cells: pa.Array) -> pa.Array:
    seconds = pc.if_else(matches(cells, r"^-?\d{1,11}(\.\d{1,6})?$"), cells, None).cast(Type.MONEY.arrow)
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
