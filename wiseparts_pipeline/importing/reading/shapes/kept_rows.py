"""Leaves out the rows of a file that the importer's `where` does not ask for, and counts them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.row_shapes import Condition
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode
from wiseparts_pipeline.importing.reading.patterns import Pattern
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows, Unusable
from wiseparts_pipeline.importing.reading.shapes.cells import composed_cells, plain_cells
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.importing.reading.spreadsheet_errors import are_errors


class KeptRows:
    """See FileRows; rows keep their numbers. A row that cannot be read is never left out, as it may be any."""

    def __init__(self, rows: FileRows, importer: ImporterSettings) -> None:
        self._rows = rows
        self._nulls = importer.file.null_values
        self.columns = rows.columns
        names = ColumnNames(rows.columns, importer.match_columns)
        self._conditions: list[tuple[str, Condition, Pattern | None]] = []
        for condition in importer.where:
            column = names.find(condition.column)
            if column is None:
                raise RefusedFile(
                    RefusalCode.MISSING_COLUMN,
                    problem=f"Rows are chosen by {condition.column} (`where`), which the file does not have",
                    columns=", ".join(rows.columns),
                )
            regular = condition.matches if condition.matches is not None else condition.not_matches
            self._conditions.append((column, condition, None if regular is None else Pattern(regular)))

    def batches(self) -> Iterator[Batch]:
        for batch in self._rows.batches():
            kept = self._kept(batch)
            batch = replace(batch, unusable=[*batch.unusable, *self._undecided(batch, kept)])
            left_out = batch.left_out + int((~kept).sum())
            yield batch if kept.all() else replace(batch.filtered(kept), left_out=left_out)

    def _undecided(self, batch: Batch, kept: np.ndarray) -> Iterator[Unusable]:
        """The kept rows of which an error of a spreadsheet hides whether they count."""
        reported = {row.position for row in batch.unusable}
        for column, _, _ in self._conditions:
            cells = plain_cells(batch, column, self._nulls)
            errors = are_errors(cells)
            for position in [] if errors is None else np.flatnonzero(pc.fill_null(errors, False)).tolist():
                if kept[position] and position not in reported:
                    reported.add(position)
                    message = RowCode.SPREADSHEET_ERROR.message(
                        label=column, value=repr(cells[position].as_py()), cell=""
                    )
                    yield Unusable(position, None, RowCode.SPREADSHEET_ERROR, message, cells[position].as_py())

    def _kept(self, batch: Batch) -> np.ndarray:
        kept = np.ones(len(batch), dtype=bool)
        for column, condition, pattern in self._conditions:
            cells = pc.fill_null(plain_cells(batch, column, self._nulls), "")
            meets = np.asarray(
                _meets(composed_cells(cells), condition, pattern).to_numpy(zero_copy_only=False), dtype=bool
            )
            if (errors := are_errors(cells)) is not None:
                meets = meets | np.asarray(errors.to_numpy(zero_copy_only=False), dtype=bool)
            if column in batch.filled:
                # Their cells could not be filled, so nobody knows whether they count: they are rejected.
                meets[[row.position for row in batch.unusable]] = True
            kept &= meets
        return kept


def _meets(cells: pa.Array, condition: Condition, pattern: Pattern | None) -> pa.Array:
    if pattern is not None:
        matches = _matches(cells, pattern)
        return pc.invert(matches) if condition.matches is None else matches
    match condition:
        case Condition(in_=tuple(texts)):
            return pc.is_in(cells, value_set=composed_cells(pa.array(texts, pa.string())))
        case Condition(not_=tuple(texts)):
            return pc.invert(pc.is_in(cells, value_set=composed_cells(pa.array(texts, pa.string()))))
    is_empty = pc.equal(cells, "")
    return is_empty if condition.empty else pc.invert(is_empty)


def _matches(cells: pa.Array, pattern: Pattern) -> pa.Array:
    encoded = cells.dictionary_encode()
    found = pa.array([pattern.search(text) is not None for text in encoded.dictionary.to_pylist()], pa.bool_())
    return found.take(encoded.indices)
