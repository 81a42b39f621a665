"""Reads a file whose columns have fixed widths."""

from collections.abc import Iterator
from itertools import accumulate, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading.formats.delimited import open_lines
from wiseparts_pipeline.importing.reading.formats.header import column_names
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed
from wiseparts_pipeline.importing.reading.sources import Source


class FixedWidthFile:
    """A file with cells of fixed numbers of characters, one row per line; see FileRows.

    A line may end before its last cells, as it does where trailing blanks are cut off.
    """

    def __init__(self, source: Source, settings: FileFormat) -> None:
        self._lines = open_lines(source, settings, header=settings.header)
        self._cuts = list(pairwise(accumulate(settings.widths, initial=0)))
        self.columns = list(settings.names)
        if settings.header:
            (line,) = self._lines.header
            self.columns = column_names([line[start:end] for start, end in self._cuts], settings.encoding)

    def batches(self) -> Iterator[Batch]:
        """See FileRows; blank lines are skipped."""
        passed = 0
        for lines in self._lines.batches():
            (text,) = lines.columns.values()
            filled = pc.not_equal(pc.utf8_trim_whitespace(text), "")
            text = text.filter(filled)
            line_numbers = lines.line_numbers[filled.to_numpy(zero_copy_only=False)]
            row_numbers = np.arange(passed + 1, passed + 1 + len(text), dtype=np.int64)
            passed += len(text)
            width = self._cuts[-1][1]
            too_long = pc.not_equal(pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(text, width)), "")
            good = pc.invert(too_long)
            bad = too_long.to_numpy(zero_copy_only=False)
            yield Batch(
                columns=dict(zip(self.columns, self._cells(text.filter(good)), strict=True)),
                row_numbers=row_numbers[~bad],
                line_numbers=line_numbers[~bad],
                has_bad_bytes=lines.has_bad_bytes,
                about=lines.about,
                malformed=[
                    self._too_long(int(row), int(line), text[at].as_py())
                    for at, row, line in zip(np.flatnonzero(bad), row_numbers[bad], line_numbers[bad], strict=True)
                ],
            )

    def _cells(self, text: pa.Array) -> list[pa.Array]:
        return [pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(text, start, end)) for start, end in self._cuts]

    def _too_long(self, row_number: int, line_number: int, text: str) -> Malformed:
        width = self._cuts[-1][1]
        cells = [text[start:end].strip() for start, end in [*self._cuts, (width, None)]]
        problem = f"The line has {len(text)} characters, its columns have {width}; what follows is not blank."
        return Malformed(row_number, line_number, cells, text, problem)
