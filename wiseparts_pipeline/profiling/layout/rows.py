"""Reads the first rows of delimited text in a way of writing that is tried, as strictly as an import would."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading.formats.delimited.dialect import Dialect
from wiseparts_pipeline.importing.reading.formats.delimited.quoting import Quotes

_MOST_ROWS = 1000
_MOST_LINES = 5000
# A quoted cell that goes on over more lines than this was never closed.
_LONGEST_ROW = 100


@dataclass(frozen=True)
class Writing:
    """How cells are told from each other; see the attributes of `file:`."""

    delimiter: str
    quote: str = '"'
    escape: str = ""


@dataclass(frozen=True)
class TextRow:
    """The cells of a row, without blanks around them, and the text of its first line.

    `lines`: how many the row takes; `end`: how many are before the next one. `is_enclosed`: a cell is in quotes.
    `is_broken`: the quotes are not in order, so the cells are those of its first line, divided at every delimiter.
    """

    cells: tuple[str, ...]
    text: str
    lines: int
    end: int
    is_enclosed: bool = False
    is_broken: bool = False

    @property
    def width(self) -> int:
        """The number of cells; 0 if that is not sure."""
        return 0 if self.is_broken else len(self.cells)


def read_rows(text: str, writing: Writing) -> Iterator[TextRow]:
    """The first rows of text whose rows end with a newline; blank lines are none."""
    return _Rows(text, writing).read()


class _Rows:
    def __init__(self, text: str, writing: Writing) -> None:
        self._lines = text.split("\n", _MOST_LINES)[:_MOST_LINES]
        self._writing = writing
        # A tried delimiter or quote need not make sense as a setting.
        settings = FileFormat.model_construct(
            delimiter=writing.delimiter, quote=writing.quote, escape=writing.escape, row_end="auto", ignore_lines=""
        )
        self._dialect = Dialect(settings)

    def read(self) -> Iterator[TextRow]:
        at = found = 0
        while at < len(self._lines) and found < _MOST_ROWS:
            row = self._row(at)
            at = row.end
            if row.cells:
                found += 1
                yield row

    def _row(self, at: int) -> TextRow:
        line, quote = self._lines[at], self._writing.quote
        if not quote or quote not in line:
            cells = line.split(self._writing.delimiter) if line.strip("\r") else []
            return TextRow(_stripped(cells), line, 1, at + 1)
        taken: list[str] = []
        cells = next(self._dialect.reader(self._taking(at, taken)), [])
        quotes = Quotes(self._dialect, 1)
        if quotes.check("".join(taken).encode(errors="replace"), 0) or quotes.opened:
            cells = line.replace(quote, "").split(self._writing.delimiter)
            return TextRow(_stripped(cells), line, 1, at + 1, is_broken=True)
        restored = [self._dialect.restore(cell) for cell in cells]
        is_enclosed = self._enclosed.search(line) is not None
        return TextRow(_stripped(restored), line, len(taken), at + len(taken), is_enclosed)

    def _taking(self, at: int, taken: list[str]) -> Iterator[str]:
        """The lines of a row, also added to the list as they are taken."""
        for line in islice(self._lines, at, at + _LONGEST_ROW):
            taken.append(self._dialect.rewrite(line) + "\n")
            yield taken[-1]

    @cached_property
    def _enclosed(self) -> re.Pattern[str]:
        cell, quote = re.escape(self._writing.delimiter), re.escape(self._writing.quote)
        return re.compile(f"(?:^|{cell}){quote}[^{quote}]*{quote}(?:{cell}|\r?$)")


def _stripped(cells: list[str]) -> tuple[str, ...]:
    return tuple(map(str.strip, cells))
