"""Turns text cells into typed values, vectorised and exact; cells that cannot be read become null and are reported."""

from collections.abc import Sequence

import pyarrow as pa

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.validation.conversion.converted import Converted, as_mask
from wiseparts_pipeline.importing.validation.conversion.dates import dates, timestamps
from wiseparts_pipeline.importing.validation.conversion.numbers import decimals, durations, integers, round_to_scale
from wiseparts_pipeline.importing.validation.conversion.texts import booleans, json_values, lists, uuids

__all__ = ["Converted", "as_mask", "convert", "round_to_scale"]


def convert(cells: pa.Array, type_: Type, file: FileFormat, formats: Sequence[str], timezone: str) -> Converted:
    """Cells (trimmed text, null where empty) as values of a type; `formats`: the column's own, if it has any."""
    match type_:
        case Type.MONEY | Type.NUMBER:
            return decimals(cells, file)
        case Type.INT:
            return durations(cells, formats) if formats else integers(cells, file)
        case Type.DATE:
            return dates(cells, file.accepted_dates(formats), timezone)
        case Type.TIMESTAMP:
            return timestamps(cells, file.accepted_dates(formats), timezone)
        case Type.BOOL:
            return booleans(cells, file)
        case Type.TEXT_LIST:
            return lists(cells)
        case Type.JSON:
            return json_values(cells)
        case Type.UUID:
            return uuids(cells)
    return Converted(cells, {})
