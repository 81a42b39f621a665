"""Reads a file whose columns have fixed widths."""

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.bad_bytes import BAD_BYTES
from wiseparts_pipeline.importing.reading.formats.delimited import open_lines
from wiseparts_pipeline.importing.reading.formats.header import column_names
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed
from wiseparts_pipeline.importing.reading.sources import Source

# Stands for the second byte of a character and the others, where widths count bytes.
_BYTE = "\U0010fe01"
# Enough lines to see how their sender counts.
_SAMPLED_LINES = 200


class FixedWidthFile:
    """A file with cells of fixed numbers of characters or bytes, one row per line; see FileRows.

    A line may end before its last cells, as it does where trailing blanks are cut off. Raises RefusedFile where widths
    are counted in characters and the lines seem to be counted in bytes: their cells would be shifted.
    """

    def __init__(self, source: Source, settings: FileFormat) -> None:
        self._lines = open_lines(source, settings, header=settings.header)
        self._cuts = list(pairwise(accumulate(settings.widths, initial=0)))
        self._encoding = settings.encoding
        self._in_bytes = settings.widths_in == "bytes"
        # In UTF-16, nobody counts bytes.
        self._may_count_bytes = len("e".encode(settings.encoding)) == 1
        self.columns = list(settings.names)
        if settings.header:
            (line,) = self._lines.header
            line = self._measured([line])[0] if self._in_bytes else line
            cells = [line[start:end].replace(_BYTE, "") for start, end in self._cuts]
            self.columns = column_names(cells, settings.encoding)

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
            if self._in_bytes:
                text = pa.array(self._measured(text.to_pylist()), pa.string())
            elif self._may_count_bytes:
                self._refuse_bytes(text)
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
        cells = [pc.utf8_slice_codeunits(text, start, end) for start, end in self._cuts]
        if self._in_bytes:
            cells = [pc.replace_substring(cell, _BYTE, "") for cell in cells]
        return [pc.utf8_trim_whitespace(cell) for cell in cells]

    def _too_long(self, row_number: int, line_number: int, text: str) -> Malformed:
        width = self._cuts[-1][1]
        cells = [text[start:end].replace(_BYTE, "").strip() for start, end in [*self._cuts, (width, None)]]
        unit = "bytes" if self._in_bytes else "characters"
        problem = f"The line has {len(text)} {unit}, its columns have {width}; what follows is not blank."
        return Malformed(row_number, line_number, cells, text.replace(_BYTE, ""), problem)

    def _measured(self, lines: list[str]) -> list[str]:
        """Lines as long as they are in bytes."""
        return [line if line.isascii() else "".join(map(self._wide, line)) for line in lines]

    def _wide(self, character: str) -> str:
        if re.match(BAD_BYTES, character):
            return character
        return character + _BYTE * (len(character.encode(self._encoding, "replace")) - 1)

    def _refuse_bytes(self, text: pa.Array) -> None:
        """Raises RefusedFile where the lines fit the widths only if bytes are counted."""
        longer = text.filter(pc.greater(pc.binary_length(text), pc.utf8_length(text)))
        lines = longer.slice(0, _SAMPLED_LINES).to_pylist()
        measured = self._measured(lines)
        width = self._cuts[-1][1]
        if (
            measured == lines
            or any(len(line) > width for line in measured)
            or all(len(line) == width for line in lines)
        ):
            return
        fit = all(len(line) == width for line in measured)
        if fit or self._words_cut(lines) > self._words_cut(measured):
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"Lines with letters that take several bytes, such as {lines[0].strip()[:40]!r}, fit the widths only if"
                " these count bytes: cells would be shifted. Set file.widths_in: bytes.",
            )

    def _words_cut(self, lines: list[str]) -> int:
        """How often a column would end within a word."""
        cuts = [start for start, _ in self._cuts[1:]]
        return sum(
            not line[cut - 1 : cut].isspace() and not line[cut : cut + 1].isspace()
            for line in lines
            for cut in cuts
            if cut < len(line)
        )
