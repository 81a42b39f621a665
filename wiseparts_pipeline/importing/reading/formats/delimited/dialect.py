"""How delimited text is rewritten into what Arrow reads, and its cells back into what they were."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.patterns import Pattern

# For Arrow a delimiter is one ASCII character and a row ends at a newline; these characters replace what differs.
_UNIT = "\x1f"
_KEPT_UNIT, NEWLINE, RETURN = "\U0010fe1f", "\U0010fe0a", "\U0010fe0d"
_KEPT_ESCAPE, _KEPT_QUOTE, _KEPT_DELIMITER = "\U0010fe5c", "\U0010fe22", "\U0010fe2c"


class Dialect:
    """How delimiter and row end are rewritten into what Arrow reads, and cells back into what they were."""

    def __init__(self, settings: FileFormat) -> None:
        self.quote = settings.quote
        self.row_end = None if settings.row_end == "auto" else settings.row_end
        self.original_delimiter = settings.delimiter
        simple = len(settings.delimiter) == 1 and settings.delimiter.isascii()
        self.delimiter = settings.delimiter if simple else _UNIT
        self._ignored = Pattern(settings.ignore_lines) if settings.ignore_lines else None
        self._escapes = _Escapes(settings) if settings.escape else None
        self.is_plain = simple and self.row_end is None and self._ignored is None and self._escapes is None
        # Newlines that do not end a row.
        self.keeps_newlines = self.row_end is not None or self._escapes is not None
        self._replacements = [] if self.row_end is None else [("\n", self.row_end)]
        self._replacements += [(NEWLINE, "\n")] if self.keeps_newlines else []
        self._replacements.append((RETURN, "\r"))
        if not simple:
            self._replacements += [(_UNIT, self.original_delimiter), (_KEPT_UNIT, _UNIT)]
        if self._escapes is not None:
            self._replacements += self._escapes.replacements

    def end_of_rows(self, text: str) -> int:
        """Where the last row that is complete ends."""
        end = self.row_end or "\n"
        # From the left: "~~~" ends with a "~" where the row end is "~~".
        cut = len(text) - len(text.split(end)[-1])
        while self._escapes is not None and cut and self._escapes.are_before_newline(text, cut - 1):
            at = text.rfind(end, 0, cut - len(end))
            cut = at + len(end) if at >= 0 else 0
        return cut

    def rewrite(self, text: str) -> str:
        """Text of whole rows in the form that Arrow reads."""
        if self._escapes is not None:
            text = self._escapes.rewrite(text)
        if self.row_end is not None:
            rows = text.split(self.row_end)
            text = "\n".join(row.replace("\n", NEWLINE).replace("\r", RETURN) for row in rows)
        if self.delimiter != self.original_delimiter:
            text = text.replace(_UNIT, _KEPT_UNIT).replace(self.original_delimiter, _UNIT)
        if self._ignored is not None:
            # A blank line is not a row, but counts as a line.
            text = "\n".join("" if self._is_ignored(line) else line for line in text.split("\n"))
        return text

    def _is_ignored(self, line: str) -> bool:
        assert self._ignored is not None
        return self._ignored.search(self.restore(line).removesuffix("\r")) is not None

    def restore(self, text: str) -> str:
        for replacement, original in self._replacements:
            text = text.replace(replacement, original)
        return text

    def restore_array(self, array: pa.Array) -> pa.Array:
        for replacement, original in self._replacements:
            if contains(array, replacement):
                array = pc.replace_substring(array, replacement, original)
        return array

    def reader(self, text: Iterable[str]) -> Iterator[list[str]]:
        """The rows of rewritten text, their cells not yet restored."""
        csv.field_size_limit(sizes.BLOCK)
        if self.quote:
            return csv.reader(text, delimiter=self.delimiter, quotechar=self.quote)
        return csv.reader(text, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)

    def cells(self, row: pyarrow.csv.InvalidRow) -> list[str]:
        """The cells of a row that has too many or too few."""
        cells = [cell for cells in self.reader(io.StringIO(row.text, newline="")) for cell in cells]
        return [self.restore(cell) for cell in cells]


class _Escapes:
    """What an escape character makes text: a quote, a delimiter, a line break or an escape character behind it.

    Before anything else it is text itself, as in MySQL's `\\N`.
    """

    def __init__(self, settings: FileFormat) -> None:
        escape = settings.escape
        kept = {escape: _KEPT_ESCAPE, settings.delimiter: _KEPT_DELIMITER}
        if settings.quote:
            kept[settings.quote] = _KEPT_QUOTE
        self.replacements = [(replacement, original) for original, replacement in kept.items()]
        self._escape = escape
        self._kept = kept | {"\n": NEWLINE, "\r\n": RETURN + NEWLINE}
        self._pattern = re.compile(f"{re.escape(escape)}({'|'.join(map(re.escape, self._kept))})")

    def are_before_newline(self, text: str, at: int) -> bool:
        """Whether there is a newline at this position that is escaped, by an escape that is not escaped itself."""
        if text[at] != "\n":
            return False
        last = first = at - (text[at - 1 : at] == "\r")
        while first and text[first - 1] == self._escape:
            first -= 1
        return (last - first) % 2 == 1

    def rewrite(self, text: str) -> str:
        if self._escape not in text:
            return text
        return self._pattern.sub(lambda match: self._kept[match[1]], text)


def contains(array: pa.Array, text: str) -> bool:
    """Whether the text is in any cell, or in one that was sliced off the array: a cheap hint."""
    data = array.buffers()[2]
    return data is not None and text.encode() in data.to_pybytes()
