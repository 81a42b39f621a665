"""The rows of one sheet in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.columns import head_line
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.bad_bytes import have_bad_bytes
from wiseparts_pipeline.importing.reading.formats.header import column_names
from wiseparts_pipeline.importing.reading.formats.xlsx.cell_texts import CellTexts
from wiseparts_pipeline.importing.reading.formats.xlsx.cells import Cells, letters_of, read_cells
from wiseparts_pipeline.importing.reading.formats.xlsx.workbook import SheetPart, Workbook, refuse_broken_workbooks
from wiseparts_pipeline.importing.reading.rows import SHEET_COLUMN, Batch, Malformed, Sheet

_BYTES_OF_CELL = 8


@dataclass
class _FilledRows:
    """Rows with a filled cell. `numbers`: in the sheet; for each cell, the `index` of its row, column and text."""

    numbers: np.ndarray
    index: np.ndarray
    columns: np.ndarray
    texts: pa.Array

    def part(self, start: int, stop: int) -> "_FilledRows":
        """The rows from one position to before another; cells are in the order of rows."""
        first, last = np.searchsorted(self.index, [start, stop])
        cells = slice(first, last)
        return _FilledRows(
            self.numbers[start:stop], self.index[cells] - start, self.columns[cells], self.texts[first:last]
        )

    def table(self, width: int) -> list[pa.Array]:
        """The texts of each column, empty where a row has no cell there."""
        texts = pa.concat_arrays([self.texts, pa.array([""])])
        cells = np.full((width, len(self.numbers)), len(self.texts), np.int64)
        within = self.columns < width
        cells[self.columns[within], self.index[within]] = np.flatnonzero(within)
        return [texts.take(pa.array(column)) for column in cells]


class SheetFile:
    """A sheet of a workbook; see FileRows.

    `names_rows`: the rows have a column with the name of the sheet. `unread`: see Sheet.

    Cells to the right of the last column that has a name are not read. Raises RefusedFile.
    """

    def __init__(
        self,
        workbook: Workbook,
        sheet: SheetPart,
        settings: FileFormat,
        *,
        names_rows: bool = False,
        unread: Sequence[str] = (),
    ) -> None:
        self._workbook = workbook
        self._sheet = sheet
        self._settings = settings
        self._texts = CellTexts(workbook, settings)
        self._head: dict[str, str] = {}
        self._own = self._read_header() if settings.header else list(settings.names)
        self._names_rows = names_rows
        self.columns = [*self._own, SHEET_COLUMN] if names_rows else self._own
        letters = {name: letters_of(position) for position, name in enumerate(self._own)}
        self._place = Sheet(sheet.name, letters, tuple(unread), workbook.has_1904_dates)

    def _read_header(self) -> list[str]:
        for rows in self._filled_rows():
            row = rows.part(0, 1)
            cells = [column[0].as_py() for column in row.table(int(row.columns[-1]) + 1)]
            last = max(position for position, cell in enumerate(cells) if cell.strip())
            return column_names(cells[: last + 1], self._settings.encoding)
        raise RefusedFile(RefusalCode.EMPTY_FILE, "The sheet is empty.")

    def first_rows(self, most: int) -> list[list[str]]:
        """The texts of the first rows, those without cells among them."""
        first: dict[int, list[str]] = {}
        for rows in self._filled_rows():
            for position, number in enumerate(map(int, rows.numbers)):
                if number > most:
                    break
                row = rows.part(position, position + 1)
                first[number] = [column[0].as_py() for column in row.table(int(row.columns[-1]) + 1)]
            if int(rows.numbers[-1]) >= most:
                break
        return [first.get(number, []) for number in range(1, max(first, default=0) + 1)]

    def batches(self) -> Iterator[Batch]:
        """See FileRows; the line of a row is its number in the sheet, and rows without a filled cell are skipped."""
        most = max(1, min(sizes.BATCH_ROWS, sizes.BATCH_BYTES // _BYTES_OF_CELL // len(self.columns)))
        first_row = 1
        kept: list[Batch] = []
        is_header = self._settings.header
        for rows in self._filled_rows():
            if is_header:
                rows, is_header = rows.part(1, len(rows.numbers)), False
            for start in range(0, len(rows.numbers), most):
                piece = rows.part(start, min(start + most, len(rows.numbers)))
                kept.append(self._batch(piece, first_row))
                first_row += len(piece.numbers)
                if sum(map(len, kept)) >= most or sum(map(_size, kept)) >= sizes.BATCH_BYTES:
                    yield _joined(kept)
                    kept = []
        if kept:
            yield _joined(kept)

    def _filled_rows(self) -> Iterator[_FilledRows]:
        self._head = {head_line(number): "" for number in range(1, self._settings.skip_lines + 1)}
        with self._workbook.open_sheet(self._sheet) as file, refuse_broken_workbooks():
            for cells in self._cells(file):
                texts = self._texts.of(cells)
                is_filled = pc.not_equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)
                is_above = is_filled & (cells.rows <= self._settings.skip_lines)
                for number, text in zip(
                    cells.rows[is_above], texts.filter(pa.array(is_above)).to_pylist(), strict=True
                ):
                    line = head_line(int(number))
                    self._head[line] = f"{self._head[line]} {text.strip()}".lstrip()
                numbers = np.unique(cells.rows[is_filled & (cells.rows > self._settings.skip_lines)])
                if not len(numbers):
                    continue
                is_in = np.isin(cells.rows, numbers)
                index = np.searchsorted(numbers, cells.rows[is_in])
                yield _FilledRows(numbers, index, cells.columns[is_in], texts.filter(pa.array(is_in)))

    def _cells(self, file: IO[bytes]) -> Iterator[Cells]:
        shared_bytes = 0
        for piece in read_cells(file):
            for cells, more in self._texts.in_parts(piece):
                shared_bytes += more
                self._workbook.check_texts(self._sheet, shared_bytes)
                yield cells

    def _batch(self, rows: _FilledRows, first_row: int) -> Batch:
        width = len(self._own)
        numbers = np.arange(first_row, first_row + len(rows.numbers), dtype=np.int64)
        columns = rows.table(width)
        malformed: list[Malformed] = []
        if not self._settings.header:
            surplus = (rows.columns >= width) & pc.not_equal(pc.utf8_trim_whitespace(rows.texts), "").to_numpy(False)
            bad = np.unique(rows.index[surplus])
            malformed = [self._malformed(rows.part(row, row + 1), int(numbers[row])) for row in map(int, bad)]
            good = np.setdiff1d(np.arange(len(numbers)), bad)
            columns = [column.take(pa.array(good)) for column in columns]
            numbers, rows.numbers = numbers[good], rows.numbers[good]
        if self._names_rows:
            columns.append(pa.repeat(self._sheet.name, len(numbers)))
        return Batch(
            columns=dict(zip(self.columns, columns, strict=True)),
            row_numbers=numbers,
            line_numbers=rows.numbers,
            has_bad_bytes=have_bad_bytes(columns),
            malformed=malformed,
            sheet=self._place,
            about=self._head,
        )

    def _malformed(self, row: _FilledRows, row_number: int) -> Malformed:
        cells = [column[0].as_py() for column in row.table(int(row.columns[-1]) + 1)]
        problem = f"The row has {len(cells)} cells, `names` has {len(self._own)} columns."
        if self._names_rows:
            cells.insert(len(self._own), self._sheet.name)
        return Malformed(row_number, int(row.numbers[0]), cells, " | ".join(cells), problem)


def _size(batch: Batch) -> int:
    return sum(array.nbytes for array in batch.columns.values())


def _joined(batches: list[Batch]) -> Batch:
    return replace(
        batches[0],
        columns={name: pa.concat_arrays([batch.columns[name] for batch in batches]) for name in batches[0].columns},
        row_numbers=np.concatenate([batch.row_numbers for batch in batches]),
        line_numbers=np.concatenate([batch.line_numbers for batch in batches]),
        has_bad_bytes=any(batch.has_bad_bytes for batch in batches),
        malformed=[row for batch in batches for row in batch.malformed],
    )
