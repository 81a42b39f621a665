"""Turns text cells into typed values, vectorised and exact; cells that cannot be read become null and are reported."""

from collections.abc import Collection, Sequence

import pyarrow as pa

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.validation.conversion.converted import Converted, as_mask
from wiseparts_pipeline.importing.validation.conversion.currencies import CURRENCIES, other_currency
from wiseparts_pipeline.importing.validation.conversion.dates import dates, timestamps
from wiseparts_pipeline.importing.validation.conversion.hints import date_hints, number_hints
from wiseparts_pipeline.importing.validation.conversion.numbers import (
    decimals,
    durations,
    fractions_of_percentages,
    integers,
    round_to_scale,
)
from wiseparts_pipeline.importing.validation.conversion.texts import booleans, json_values, lists, uuids

__all__ = ["Converted", "as_mask", "convert", "date_hints", "number_hints", "other_currency", "round_to_scale"]


PERCENT = ("%",)


def convert(
    cells: pa.Array,
    type_: Type,
    file: FileFormat,
    formats: Sequence[str],
    timezone: str,
    *,
    percentage: bool = False,
    looks_ahead: bool = False,
    separator: str = "",
) -> Converted:
    """Cells (trimmed text, null where empty) as values of a type; `formats`: the column's own, if it has any.

    `percentage`: numbers may have a percent sign. `looks_ahead`: days may be years ahead. `separator`: of lists.
    """
    match type_:
        case Type.MONEY | Type.NUMBER:
            units: Collection[str] = PERCENT if percentage else CURRENCIES.keys() if type_ is Type.MONEY else ()
            # In a workbook, 12 % is another way to show 0.12.
            if file.format == "xlsx" and not percentage:
                cells = fractions_of_percentages(cells, file)
            return decimals(cells, file, units)
        case Type.INT:
            return durations(cells, formats) if formats else integers(cells, file)
        case Type.DATE:
            return dates(cells, file, formats, timezone, looks_ahead=looks_ahead)
        case Type.TIMESTAMP:
            return timestamps(cells, file, formats, timezone, looks_ahead=looks_ahead)
        case Type.BOOL:
            return booleans(cells, file)
        case Type.TEXT_LIST:
            return lists(cells, separator)
        case Type.JSON:
            return json_values(cells)
        case Type.UUID:
            return uuids(cells)
    return Converted(cells, {})
