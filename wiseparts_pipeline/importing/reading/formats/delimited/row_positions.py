"""The number of every row and the line that it starts on, which Arrow does not report."""

import re
from collections import deque

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from wiseparts_pipeline.importing.reading.formats.delimited.dialect import NEWLINE, Dialect, contains
from wiseparts_pipeline.importing.reading.formats.delimited.text import Text
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed

# Consecutive newlines: however many, the cell they are in has just one more line that is not blank.
_NEWLINES = "\n(?:\r?\n)*"


class RowPositions:
    """Finds the number and the line of each row; both also count the malformed rows and blank lines in between."""

    def __init__(self, text: Text, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._next_row = 1
        self._first_line = text.line
        # Lines that are not blank, newlines that do not end a row, and blank lines, all before the next row.
        self._filled = self._newlines = self._blank = 0
        self._blanks = np.zeros(0, dtype=np.int64)

    def batch(self, names: list[str], arrays: list[pa.Array], invalid: deque[pyarrow.csv.InvalidRow]) -> Batch:
        """The rows of Arrow's arrays, and the invalid ones before, between and after them."""
        count = len(arrays[0])
        due: list[pyarrow.csv.InvalidRow] = []
        while invalid and invalid[0].number <= self._next_row + len(due) + count:
            due.append(invalid.popleft())
        total = count + len(due)
        rows = np.arange(self._next_row, self._next_row + total, dtype=np.int64)
        is_invalid = np.zeros(total, dtype=bool)
        is_invalid[[row.number - self._next_row for row in due]] = True
        lines = self._lines(arrays, due, is_invalid)
        self._next_row += total
        return Batch(
            columns=dict(zip(names, map(self._restored, arrays), strict=True)),
            row_numbers=rows[~is_invalid],
            line_numbers=lines[~is_invalid],
            has_bad_bytes=self._text.has_bad_bytes,
            malformed=[
                Malformed(int(row.number), int(line), self._dialect.cells(row), self._dialect.restore(row.text))
                for row, line in zip(due, lines[is_invalid], strict=True)
            ],
        )

    def _restored(self, array: pa.Array) -> pa.Array:
        return self._dialect.restore_array(array) if self._text.is_rewritten else array

    def _lines(self, arrays: list[pa.Array], due: list[pyarrow.csv.InvalidRow], is_invalid: np.ndarray) -> np.ndarray:
        """A row starts after the lines of those before it and the blank lines before and among these."""
        filled = np.ones(len(is_invalid), dtype=np.int64)
        newlines = np.zeros(len(is_invalid), dtype=np.int64)
        for array in arrays if self._text.has_quotes else []:
            if contains(array, "\n"):
                filled[~is_invalid] += _counted(pc.count_substring_regex(array, _NEWLINES))
        for array in arrays if self._dialect.row_end else []:
            newlines[~is_invalid] += _counted(pc.count_substring(array, NEWLINE))
        for at, row in zip(np.flatnonzero(is_invalid), due, strict=True):
            filled[at] += len(re.findall(_NEWLINES, row.text))
            newlines[at] += row.text.count(NEWLINE)

        filled_before = self._filled + np.cumsum(filled) - filled
        newlines_before = self._newlines + np.cumsum(newlines) - newlines
        self._filled += int(filled.sum())
        self._newlines += int(newlines.sum())
        self._blanks = np.concatenate([self._blanks, *self._text.take_blanks()])
        blanks_before = self._blank + np.searchsorted(self._blanks, filled_before, side="right")
        passed = int(np.searchsorted(self._blanks, self._filled, side="left"))
        self._blank += passed
        self._blanks = self._blanks[passed:]
        lines: np.ndarray = self._first_line + filled_before + newlines_before + blanks_before
        return lines


def _counted(counts: pa.Array) -> np.ndarray:
    numbers: np.ndarray = counts.to_numpy(zero_copy_only=False)
    return numbers
