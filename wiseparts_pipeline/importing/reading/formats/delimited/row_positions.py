"""The line that every row starts on, which Arrow does not report."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from wiseparts_pipeline.importing.reading.formats.delimited.dialect import NEWLINE, Dialect, contains
from wiseparts_pipeline.importing.reading.formats.delimited.text import Text

# Consecutive newlines: however many, the cell they are in has just one more line that is not blank.
_NEWLINES = "\n(?:\r?\n)*"


class RowPositions:
    """Finds the line of each row; lines also count the malformed rows and blank lines in between."""

    def __init__(self, text: Text, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._first_line = text.line
        # Lines that are not blank, newlines that do not end a row, and blank lines, all before the next row.
        self._filled = self._newlines = self._blank = 0
        self._blanks = np.zeros(0, dtype=np.int64)

    def of(
        self, arrays: list[pa.Array], invalid: list[pyarrow.csv.InvalidRow], is_invalid: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The number of the line that each row starts on, and how many newlines that end lines are before it.

        The rows are those of the arrays with the invalid ones among them. The second array has one element more, for
        the end of the last row.
        """
        filled = np.ones(len(is_invalid), dtype=np.int64)
        newlines = np.zeros(len(is_invalid), dtype=np.int64)
        for array in arrays if self._text.has_quotes else []:
            if contains(array, "\n"):
                filled[~is_invalid] += _counted(pc.count_substring_regex(array, _NEWLINES))
        for array in arrays if self._dialect.keeps_newlines else []:
            newlines[~is_invalid] += _counted(pc.count_substring(array, NEWLINE))
        for at, row in zip(np.flatnonzero(is_invalid), invalid, strict=True):
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
        return lines, np.append(filled_before + blanks_before, self._filled + self._blank)


def _counted(counts: pa.Array) -> np.ndarray:
    numbers: np.ndarray = counts.to_numpy(zero_copy_only=False)
    return numbers
