"""Whether quotes leave it beyond doubt where every cell begins and ends.

Arrow takes text behind a closing quote as more of the cell, and a quote inside an unquoted cell as text; what a sender
meant by the first is never sure, and the second only sometimes. The rule for people is in docs/importers.md.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wiseparts_pipeline.importing.reading.formats.delimited.dialect import RETURN, Dialect

# In the text of a cell that may be whole rows.
FEWEST_DELIMITERS = 2
_SHOWN = 40
_ESCAPES = "\\^`"


@dataclass(frozen=True)
class BadQuote:
    """A quote that makes its row malformed. `line`: how many lines are before its own; `text`: of that line."""

    line: int
    problem: str
    text: str


@dataclass(frozen=True)
class Opened:
    """A quoted cell whose end is not found yet: the number of its first line, and how it begins."""

    line: int
    beginning: str


class Quotes:
    """Follows the quotes of a file through its text, given in pieces of whole lines.

    `first_line`: the number of the first line that is given. `opened`: the quoted cell that the last piece ended in.
    """

    def __init__(self, dialect: Dialect, first_line: int) -> None:
        self.dialect = dialect
        self.quote = dialect.quote.encode()
        self.delimiter = dialect.delimiter.encode()
        self.first_line = first_line
        blank = b"(?:[ \t\r]|" + RETURN.encode() + b")"
        self.cell_ends = re.compile(blank + b"*(?:[\n" + re.escape(self.delimiter) + b"]|$)")
        self.opens = _among(self.delimiter + self.quote + b"\n")
        self.closes = _among(self.delimiter + self.quote + b"\r\n")
        self.opened: Opened | None = None

    def check(self, data: bytes, lines_before: int) -> list[BadQuote]:
        """The bad quotes of the next piece, of UTF-8 in the form that Arrow reads."""
        if self.quote not in data:
            return []
        return _Piece(self, data, lines_before).check()

    def stray(self, line: int) -> BadQuote:
        """The quote at the very end of the file, which opens a cell with nothing in it."""
        self.opened = None
        problem = f"The last cell is a quote ({self.dialect.quote}) that nothing follows. Delete it, or close it."
        return BadQuote(line, problem, self.dialect.quote)


def _among(characters: bytes) -> np.ndarray:
    table = np.zeros(256, dtype=bool)
    table[list(characters)] = True
    return table


def _nearest(marked: np.ndarray) -> np.ndarray:
    """For each position, and the end, the next that is marked, itself included; the end if there is none."""
    count = len(marked)
    if not marked.any():
        return np.full(count + 1, count)
    following = np.append(np.where(marked, np.arange(count), count), count)
    nearest: np.ndarray = np.minimum.accumulate(following[::-1])[::-1]
    return nearest


class _Piece:
    """One piece of text and its quotes, in order."""

    def __init__(self, quotes: Quotes, data: bytes, lines_before: int) -> None:
        self._quotes = quotes
        self._data = data
        self._lines_before = lines_before
        codes = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)
        self._at = np.flatnonzero(codes == quotes.quote[0]) - 1
        # Before the piece, each of its newlines, and its end.
        self._newlines = np.flatnonzero(codes == ord("\n")) - 1
        before, behind = codes[self._at], codes[self._at + 2]
        self._opens = quotes.opens[before]
        self._closes = quotes.closes[behind]
        # Whatever else is in the cell, these are text as inches are written, or close it: none is open behind them.
        self._inches = (before - ord("0") < 10) & (behind != quotes.quote[0]) & ~self._opens
        self._next: dict[bool, np.ndarray] = {}
        self._bad: list[BadQuote] = []

    def check(self) -> list[BadQuote]:
        """Goes from one quote that is not in its place to the next; the well-formed ones between are skipped."""
        count = len(self._at)
        inside = self._quotes.opened is not None
        index = 0
        while index < count:
            index, inside = self._next_bad(index, inside)
            if index < count:
                index = self._closed_badly(index) if inside else self._inside_unquoted(index)
                inside = False
        self._quotes.opened = self._opened(count - 1) if inside else None
        return self._bad

    def _next_bad(self, index: int, inside: bool) -> tuple[int, bool]:
        """The next quote that is not in its place, and whether it is in a quoted cell."""
        bad = int(self._bad_from(bool((index + inside) % 2))[index])
        inside ^= (bad - index) % 2 == 1
        if inside or bad == len(self._at) or not self._inches[bad]:
            return bad, inside
        bad = int(self._bad_behind_inches[bad + 1])
        return bad, bool(self._inside_behind_inches[bad])

    def _bad_from(self, odd: bool) -> np.ndarray:
        """From each quote, the next that is not in its place if those with an odd index open cells, or the others."""
        if odd not in self._next:
            in_place = self._closes.copy()
            in_place[odd::2] = self._opens[odd::2]
            self._next[odd] = _nearest(~in_place)
        return self._next[odd]

    @cached_property
    def _inside_behind_inches(self) -> np.ndarray:
        """Whether each quote, and the end, is in a quoted cell if none was open behind the inches before it."""
        indexes = np.arange(len(self._at) + 1)
        last = np.maximum.accumulate(np.where(np.append(False, self._inches), indexes, 0))
        inside: np.ndarray = (indexes - last) % 2 == 1
        return inside

    @cached_property
    def _bad_behind_inches(self) -> np.ndarray:
        in_place = np.where(self._inside_behind_inches[:-1], self._closes, self._opens | self._inches)
        return _nearest(~in_place)

    def _closed_badly(self, index: int) -> int:
        """What follows the quote that closes a cell; returns the index of the next quote."""
        at = int(self._at[index])
        if not self._quotes.cell_ends.match(self._data, at + 1):
            opened = self._opened(index - 1) if index else self._quotes.opened
            assert opened is not None
            is_same_line = opened.line == self._quotes.first_line + self._line(at)
            began = "" if is_same_line else f" that began in line {opened.line}"
            before = self._data[at - 1 : at].decode(errors="replace")
            self._add(
                at,
                f"Behind the quote that closes the cell {opened.beginning!r}{began} there is more text:"
                f" {self._shown(at)!r}. {_advice(before, self._quotes.dialect.quote)}",
            )
        return index + 1

    def _inside_unquoted(self, index: int) -> int:
        """A quote inside a cell that does not begin with one; returns the index of the first quote after the cell."""
        at = int(self._at[index])
        data, delimiter = self._data, self._quotes.delimiter
        line_start, line_end = self._line_at(at)
        start = data.rfind(delimiter, line_start, at) + 1 or line_start
        end = data.find(delimiter, at, line_end)
        end = end if end >= 0 else line_end
        cell = data[start:end].decode(errors="replace")
        quote = self._quotes.dialect.quote
        if cell.lstrip().startswith(quote):
            self._add(
                at,
                f"A blank is before the quote that opens the cell {cell.strip()[:_SHOWN]!r}. Leave it out; if a blank"
                f" follows every delimiter, set file.delimiter to {self._quotes.dialect.original_delimiter + ' '!r}.",
            )
        elif not _is_clear(cell, quote):
            before = cell[: cell.index(quote)][-1:]
            self._add(
                at,
                f"The cell {cell.strip()[:_SHOWN]!r} does not begin with a quote, but has one that may open or close a"
                f" cell. {_advice(before, quote)}",
            )
        return int(np.searchsorted(self._at, end))

    def _opened(self, index: int) -> Opened | None:
        """The cell that the quote opens, unless that is the second of a doubled one in a cell that began before."""
        while index > 0 and self._at[index] == self._at[index - 1] + 1 and self._at[index] > 0:
            index -= 2
        if index < 0:
            return self._quotes.opened
        at = int(self._at[index])
        return Opened(self._quotes.first_line + self._line(at), self._shown(at))

    def _line(self, at: int) -> int:
        return self._lines_before + int(np.searchsorted(self._newlines, at)) - 1

    def _line_at(self, at: int) -> tuple[int, int]:
        """Where the line begins and ends that has this position."""
        behind = int(np.searchsorted(self._newlines, at))
        return int(self._newlines[behind - 1]) + 1, int(self._newlines[behind])

    def _shown(self, at: int) -> str:
        text = self._data[at : at + 4 * _SHOWN].split(b"\n")[0].decode(errors="ignore")
        return self._quotes.dialect.restore(text).rstrip()[:_SHOWN]

    def _add(self, at: int, problem: str) -> None:
        line = self._line(at)
        # One is enough for its row to be malformed.
        if self._bad and self._bad[-1].line == line:
            return
        text = self._data[slice(*self._line_at(at))].decode(errors="replace")
        self._bad.append(BadQuote(line, problem, self._quotes.dialect.restore(text).rstrip("\r")))


def _is_clear(cell: str, quote: str) -> bool:
    """Whether the quotes of an unquoted cell are surely text: none of them may open or close a quoted one.

    Behind a number they are inches; where one looks as if it opened something, another one must close it.
    """
    if quote * 2 in cell:
        return False
    opened = 0
    cell = cell.rstrip()
    for match in re.finditer(re.escape(quote), cell):
        before, behind = cell[max(match.start() - 1, 0) : match.start()], cell[match.end() : match.end() + 1]
        if not before.strip() and behind.strip():
            opened += 1
        elif opened:
            opened -= 1
        elif not behind and not before.isnumeric():
            return False
    return not opened


def _advice(before: str, quote: str) -> str:
    if before and before in _ESCAPES:
        return f"If {before} makes the quote behind it text, set file.escape: '{before}'."
    return (
        f"Quote the whole cell and double the quotes in it, or set file.quote: '' if {quote} has no meaning in this"
        " file."
    )


def swallowed_rows(text: str, delimiter: str, columns: int) -> str:
    """What is wrong with a row whose lines, which are in its quoted cells, are so much like rows; otherwise empty.

    A delimiter that a blank follows does not count, as that is how people write: an address has not as many others as
    a row. A line of nothing but delimiters is no row.
    """
    expected = columns - 1
    lines = [line for line in text.split("\n") if line.replace(delimiter, "").strip()]
    alike = sum(line.count(delimiter) - line.count(delimiter + " ") == expected for line in lines)
    if (alike - 1) * expected < FEWEST_DELIMITERS or alike < 0.8 * len(lines):
        return ""
    return (
        f"A quoted cell goes on over {len(lines)} lines, which look like rows of the file: a quote that opens or closes"
        " a cell is missing, or one is too many. Correct the quotes."
    )
