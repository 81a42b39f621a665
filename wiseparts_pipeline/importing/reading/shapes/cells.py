"""The cells of a column as text: trimmed, with null for no value."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.importing.reading.formulas import ESCAPED_COLUMN, unescape
from wiseparts_pipeline.importing.reading.rows import Batch


def plain_cells(batch: Batch, column: str, null_values: Sequence[str]) -> pa.Array:
    """Trimmed text; null where the cell is empty or a null value."""
    cells = batch.columns[column]
    # An error file written for people, whose formulas were made harmless.
    if ESCAPED_COLUMN in batch.columns and column not in batch.joined:
        cells = unescape(cells)
    return trimmed_cells(cells, null_values)


def trimmed_cells(texts: pa.Array, null_values: Sequence[str]) -> pa.Array:
    """Texts as cells: without blanks around them; null where nothing is left or it is a null value."""
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(trimmed, value_set=pa.array(["", *null_values], pa.string())), None, trimmed)
