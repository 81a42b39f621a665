"""Fills the cells that a document has on its first row only, its number among them, in its other rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.columns import is_added
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows, Unusable
from wiseparts_pipeline.importing.reading.shapes.cells import plain_cells, repeated
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames


@dataclass
class _Document:
    """What is known of the document that the last row belongs to.

    `cells`: those of its first row, as they came; none before the first document. `numbered`: the last row that had a
    number, 0 for none.
    """

    number: str | None = None
    cells: dict[str, str] = field(default_factory=dict)
    numbered: int = 0


class FilledRows:
    """See FileRows. Each row that has a document's number begins a document, or goes on with the one of that number.

    A row that follows one that cannot be read may belong to another document, so it is rejected if it has no number.
    """

    def __init__(self, rows: FileRows, importer: ImporterSettings) -> None:
        assert importer.fill_down is not None
        self._rows = rows
        self._nulls = importer.file.null_values
        self._number = importer.fill_down.number
        self.columns = rows.columns
        names = ColumnNames(rows.columns, importer.match_columns)
        rules = importer.columns
        found = {
            column: names.find(*(rules[column].names if column in rules else (column,)))
            for column in importer.fill_down.columns
        }
        self._filled = list(dict.fromkeys(column for column in found.values() if column is not None))
        number = found[self._number]
        if number is None:
            raise RefusedFile(
                RefusalCode.MISSING_COLUMN,
                problem=f"Cells are filled down with {self._number}, which the file does not have",
                columns=", ".join(rows.columns),
            )
        self._number_column = number

    def batches(self) -> Iterator[Batch]:
        document = _Document()
        unreadable = np.zeros(0, dtype=np.int64)
        for batch in self._rows.batches():
            numbers = [row.row_number for row in batch.malformed]
            unreadable = np.union1d(unreadable, np.array(numbers, dtype=np.int64))
            yield self._fill(batch, document, unreadable) if len(batch) else batch
            unreadable = unreadable[-1:]

    def _fill(self, batch: Batch, document: _Document, unreadable: np.ndarray) -> Batch:
        """Fills a batch that is not empty, and notes the document that goes on after it."""
        plain = {column: plain_cells(batch, column, self._nulls) for column in self._filled}
        number = plain[self._number_column]
        numbered = _mask(pc.is_valid(number))
        last_numbered = _latest(numbered, batch.row_numbers, document.numbered)
        last_unreadable = np.append(0, unreadable)[np.searchsorted(unreadable, batch.row_numbers)]
        is_lost = ~numbered & ((last_numbered == 0) | (last_unreadable > last_numbered))
        # 0 is the document that goes on from the batch before.
        first = _latest(self._begins(number, numbered, document), np.arange(1, len(batch) + 1), 0)
        takes = pa.array(~is_lost & self._has_cells(batch))
        columns = dict(batch.columns)
        for column, cells in plain.items():
            given = pa.concat_arrays([pa.array([document.cells.get(column)], pa.string()), batch.columns[column]])
            firsts = repeated(given, first)
            columns[column] = pc.if_else(pc.and_(pc.is_null(cells), takes), firsts, batch.columns[column])
            document.cells[column] = firsts[-1].as_py() or ""
        if numbered.any():
            document.number = number[int(np.flatnonzero(numbered)[-1])].as_py()
        document.numbered = int(last_numbered[-1])
        return replace(
            batch,
            columns=columns,
            filled=frozenset(self._filled),
            unusable=[*batch.unusable, *map(self._lost, map(int, np.flatnonzero(is_lost)), last_numbered[is_lost])],
        )

    @staticmethod
    def _begins(number: pa.Array, numbered: np.ndarray, document: _Document) -> np.ndarray:
        """Which rows have another number than the row with a number before them."""
        begins = np.zeros(len(number), dtype=bool)
        given = number.filter(pa.array(numbered))
        before = pa.concat_arrays([pa.array([document.number], pa.string()), given.slice(0, max(0, len(given) - 1))])
        begins[numbered] = _mask(pc.fill_null(pc.not_equal(given, before.slice(0, len(given))), True))
        return begins

    def _has_cells(self, batch: Batch) -> np.ndarray:
        """Which rows have a cell of their own, so that they are not just blank."""
        own = [cells for column, cells in batch.columns.items() if column not in self._filled and not is_added(column)]
        filled = [_mask(pc.not_equal(pc.utf8_trim_whitespace(cells), "")) for cells in own]
        return np.logical_or.reduce(filled, axis=0) if filled else np.ones(len(batch), dtype=bool)

    def _lost(self, position: int, last_numbered: int) -> Unusable:
        why = "a row above it could not be read" if last_numbered else "no row above it has one"
        return Unusable(
            position,
            self._number,
            RowCode.MISSING_REQUIRED,
            f"{self._number} (from {self._number_column}) is empty, and {why}: it is not known where this row belongs."
            " Fill the cell.",
            None,
        )


def _latest(marked: np.ndarray, values: np.ndarray, before: int) -> np.ndarray:
    """For each row, the value of the last marked row up to it; `before` where there is none."""
    at = np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))
    return np.where(at < 0, before, values[at])


def _mask(array: pa.Array) -> np.ndarray:
    mask: np.ndarray = np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)
    return mask
