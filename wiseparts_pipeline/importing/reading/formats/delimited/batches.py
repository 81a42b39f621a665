"""Batches of numbered rows from what Arrow reads: good rows, malformed ones, and what is no row at all."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.reading.formats.delimited.dialect import Dialect
from wiseparts_pipeline.importing.reading.formats.delimited.quoting import FEWEST_DELIMITERS, BadQuote, swallowed_rows
from wiseparts_pipeline.importing.reading.formats.delimited.row_positions import RowPositions
from wiseparts_pipeline.importing.reading.formats.delimited.text import Text
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed

# A cell of these has nothing in it.
_BLANKS = " \t\r\n"


@dataclass(frozen=True)
class _Invalid:
    """A row with too many or too few cells. `at`: its place among the rows of the batch."""

    at: int
    cells: list[str]
    text: str

    @property
    def is_empty(self) -> bool:
        return not _filled(self.cells)

    def is_clear(self, width: int, surplus: int, last_filled: int) -> bool:
        """Whether it is sure which cell belongs to which column, as only empty ones are too many or too few.

        `last_filled`: the last column that no other row leaves empty. Were an empty cell before it too many, something
        would stand behind it.
        """
        if len(self.cells) < width + surplus:
            return len(self.cells) == width and _filled(self.cells[-1:])
        return not _filled(self.cells[last_filled + 1 : width])

    def problem(self, width: int) -> str | None:
        if len(self.cells) <= width or _filled(self.cells[width:]):
            return None
        return (
            f"The row has {len(self.cells)} cells, the file has {width} columns; the last cell is empty, but so is"
            " another, and which of them is one too many is not sure."
        )


class Batches:
    """Makes batches of Arrow's arrays and of the rows that Arrow calls invalid.

    A row of empty cells is like a blank line. `surplus`: how many empty cells the rows have beyond the last column.
    """

    def __init__(self, text: Text, dialect: Dialect, columns: list[str], surplus: int) -> None:
        self._text = text
        self._dialect = dialect
        self._columns = columns
        self._surplus = surplus
        self._positions = RowPositions(text, dialect)
        self._next_row = 1
        # Arrow counts the rows of empty cells as well.
        self._next_of_arrow = 1
        self._bad_quotes: deque[BadQuote] = deque()

    def next(self, arrays: list[pa.Array], invalid: deque[pyarrow.csv.InvalidRow]) -> Batch:
        """The rows of the arrays, and the invalid ones before, between and after them."""
        count = len(arrays[0])
        due: list[pyarrow.csv.InvalidRow] = []
        while invalid and invalid[0].number <= self._next_of_arrow + len(due) + count:
            due.append(invalid.popleft())
        is_valid = np.ones(count + len(due), dtype=bool)
        is_valid[[row.number - self._next_of_arrow for row in due]] = False
        lines, starts = self._positions.of(arrays, due, ~is_valid)
        problems = self._swallowing_rows(arrays, due, is_valid, starts) | self._bad_rows(starts)
        invalid_rows = [
            _Invalid(int(at), self._dialect.cells(row), self._dialect.restore(row.text))
            for at, row in zip(np.flatnonzero(~is_valid), due, strict=True)
        ]
        width = len(self._columns)
        mended = self._mended(arrays, invalid_rows)
        places, table = self._table(arrays, np.flatnonzero(is_valid), mended)
        is_row = np.ones(len(is_valid), dtype=bool)
        is_row[places[_empty_rows(table)]] = False
        is_row[[row.at for row in invalid_rows if row.is_empty]] = False
        is_good = is_row.copy()
        wrong = {row.at: row for row in invalid_rows if row.at not in mended} | self._overfull(table, places)
        is_good[list(wrong)] = False
        is_row[list(problems)] = True
        is_good[list(problems)] = False
        numbers = self._next_row + np.cumsum(is_row) - 1
        self._next_row += int(is_row.sum())
        self._next_of_arrow += len(is_valid)

        kept = is_good[places]
        malformed = []
        for at in map(int, np.flatnonzero(is_row & ~is_good)):
            number, line = int(numbers[at]), int(lines[at])
            if at in problems:
                malformed.append(self._badly_quoted(number, line, problems[at]))
            else:
                row = wrong[at]
                malformed.append(Malformed(number, line, row.cells, row.text, row.problem(width)))
        return Batch(
            columns=dict(zip(self._columns, (_filtered(array, kept) for array in table[:width]), strict=True)),
            row_numbers=numbers[is_good],
            line_numbers=lines[is_good],
            has_bad_bytes=self._text.has_bad_bytes,
            malformed=malformed,
        )

    def _bad_rows(self, starts: np.ndarray) -> dict[int, BadQuote]:
        """The rows that have a bad quote."""
        self._bad_quotes.extend(self._text.take_bad_quotes())
        rows: dict[int, BadQuote] = {}
        while self._bad_quotes and self._bad_quotes[0].line < starts[-1]:
            bad = self._bad_quotes.popleft()
            rows.setdefault(int(np.searchsorted(starts, bad.line, side="right")) - 1, bad)
        return rows

    def _swallowing_rows(
        self, arrays: list[pa.Array], due: list[pyarrow.csv.InvalidRow], is_valid: np.ndarray, starts: np.ndarray
    ) -> dict[int, BadQuote]:
        """The rows with a quoted cell that contains what looks like whole rows."""
        several = np.diff(starts) > 1
        texts = dict(zip(map(int, np.flatnonzero(~is_valid)), (row.text for row in due), strict=True))
        if (several & is_valid).any():
            taken = [array.filter(pa.array(several[is_valid])) for array in arrays]
            # A text with fewer delimiters than this has no rows in it.
            counts = [pc.count_substring(array, self._dialect.delimiter).to_numpy() for array in taken]
            suspect = np.sum(counts, axis=0) >= FEWEST_DELIMITERS
            rows = zip(*(array.filter(pa.array(suspect)).to_pylist() for array in taken), strict=True)
            places = np.flatnonzero(several & is_valid)[suspect]
            texts |= dict(zip(map(int, places), map(self._dialect.delimiter.join, rows), strict=True))
        return {
            at: BadQuote(int(starts[at]), problem, self._dialect.restore(text))
            for at, text in texts.items()
            if several[at] and (problem := swallowed_rows(text, self._dialect.delimiter, len(self._columns)))
        }

    def _mended(self, arrays: list[pa.Array], invalid: list[_Invalid]) -> dict[int, list[str]]:
        """The cells of the rows that are no invalid ones after all, by their places."""
        width = len(self._columns)
        candidates = [
            row for row in invalid if len(row.cells) >= width and not row.is_empty and not _filled(row.cells[width:])
        ]
        if not candidates:
            return {}
        # Where no row has the right number, they are compared with each other.
        cells = zip(*(row.cells[:width] for row in candidates), strict=True)
        alike = [pa.array(column, pa.string()) for column in cells]
        if len(empty := _empty_rows(arrays)) < len(arrays[0]):
            is_filled = np.ones(len(arrays[0]), dtype=bool)
            is_filled[empty] = False
            alike = [_filtered(array, is_filled) for array in arrays[:width]]
        last_filled = max((at for at, array in enumerate(alike) if not _is_blank(array).any()), default=-1)
        return {row.at: row.cells[:width] for row in candidates if row.is_clear(width, self._surplus, last_filled)}

    def _table(
        self, arrays: list[pa.Array], places: np.ndarray, mended: dict[int, list[str]]
    ) -> tuple[np.ndarray, list[pa.Array]]:
        """The rows with the right number of cells, in file order, and their places."""
        table = [self._dialect.restore_array(array) for array in arrays] if self._text.is_rewritten else arrays
        if not mended:
            return places, table
        places = np.concatenate([places, list(mended)])
        order = np.argsort(places)
        added = [*zip(*mended.values(), strict=True), *[[""] * len(mended)] * self._surplus]
        return places[order], [
            pa.concat_arrays([array, pa.array(cells, pa.string())]).take(pa.array(order))
            for array, cells in zip(table, added, strict=True)
        ]

    def _overfull(self, table: list[pa.Array], places: np.ndarray) -> dict[int, _Invalid]:
        """The rows with something in a cell beyond the last column, where the rows have such cells."""
        rows = {}
        for array in table[len(self._columns) :]:
            for index in np.flatnonzero(~_is_blank(array)):
                cells = [each[int(index)].as_py() for each in table]
                at = int(places[index])
                rows[at] = _Invalid(at, cells, self._dialect.original_delimiter.join(cells))
        return rows

    def _badly_quoted(self, number: int, line: int, bad: BadQuote) -> Malformed:
        """Its text is in no cell, so that an error file that comes back as it is does not load it."""
        cells = [""] * len(self._columns) + [bad.text]
        return Malformed(number, line, cells, bad.text, bad.problem, RowCode.QUOTING)


def _filled(cells: list[str]) -> bool:
    return any(cell.strip(_BLANKS) for cell in cells)


def _empty_rows(table: list[pa.Array]) -> np.ndarray:
    """The rows with nothing in any cell; of one column, none: a blank line is no row, and `""` is one."""
    if len(table) < 2:
        return np.zeros(0, dtype=np.int64)
    empty = np.arange(len(table[0]))
    for array in table:
        if len(empty):
            cells = array if len(empty) == len(array) else array.take(pa.array(empty))
            empty = empty[_is_blank(cells)]
    return empty


def _is_blank(cells: pa.Array) -> np.ndarray:
    blank: np.ndarray = pc.equal(pc.ascii_trim(cells, _BLANKS), "").to_numpy(zero_copy_only=False)
    return blank


def _filtered(array: pa.Array, kept: np.ndarray) -> pa.Array:
    return array if kept.all() else array.filter(pa.array(kept))
