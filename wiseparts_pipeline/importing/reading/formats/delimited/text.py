"""The text of a delimited file on its way to Arrow: decoded, rewritten, its lines counted."""

import csv
import io
import re

import numpy as np

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.formats.delimited.decoding import MARK, Decoder
from wiseparts_pipeline.importing.reading.formats.delimited.dialect import NEWLINE, RETURN, Dialect
from wiseparts_pipeline.importing.reading.formats.delimited.quoting import BadQuote, Opened, Quotes
from wiseparts_pipeline.importing.reading.sources import Readable

# A row added after the last one: when it does not come back, a quote was never closed.
SENTINEL = "\U0010fe03\U0010fe04\U0010fe03"


class Unfinished(Exception):
    """The first row does not end."""


class Text(io.RawIOBase):
    """The decoded file as UTF-8 in the form that Arrow reads, and what was found in it so far."""

    def __init__(self, opened: Readable, dialect: Dialect, encoding: str) -> None:
        super().__init__()
        self._is_stopped = False
        self._decoder = Decoder(opened, encoding)
        self._dialect = dialect
        self._quotes: Quotes | None = None
        self._pending = ""  # decoded, not yet rewritten: an unfinished row
        self._ready = ""  # rewritten, not yet read
        self._unchecked = b""  # rewritten, its quotes not yet checked: an unfinished line
        self._bytes = bytearray()  # partly read by Arrow
        self._tail = ""
        self._old_mac: bool | None = None  # not known until the first line has ended
        self._header_length = 0
        self._starts_line = self._ends_line = True
        self.is_empty = True
        self.has_quotes = False
        self.is_rewritten = not dialect.is_plain
        self.line = 1
        self._lines_seen = self._blanks_seen = 0
        self._blanks: list[np.ndarray] = []
        self._bad_quotes: list[BadQuote] = []
        self._more()

    @property
    def has_bad_bytes(self) -> bool:
        return self._decoder.has_bad_bytes

    @property
    def encoding(self) -> str:
        """What the file is decoded as."""
        return self._decoder.encoding

    def _more(self) -> bool:
        """Decodes and rewrites one more chunk; False at the end of the file."""
        if self._decoder.at_end:
            return False
        text = self._pending + self._decoder.read()
        # What a return means depends on what follows it.
        held = "\r" if text.endswith("\r") and not self._decoder.at_end else ""
        text = text.removesuffix(held)
        if MARK in text:
            text = self._without_marks(text)
        if self._old_mac is None and ("\r" in text or "\n" in text):
            self._old_mac = "\n" not in text
        self.is_empty = self.is_empty and not text.strip()
        if self._dialect.row_end is None and "\r" in text:
            text = self._with_plain_row_ends(text)
        if self._dialect.is_plain:
            self._pending = held
        else:
            text, rest = self._whole_rows(text)
            self._pending = rest + held
        if text:
            self._starts_line = not self._dialect.is_plain or text.endswith("\n")
        self._ready += text
        return True

    def _without_marks(self, text: str) -> str:
        """Byte order marks at the beginning of a line are those of a file that was appended to another."""
        if self._starts_line:
            text = text.lstrip(MARK)
        end = self._dialect.row_end
        row_ends = "[\n\r]" if end is None else re.escape(end)
        return re.sub(f"({row_ends}){MARK}+", r"\1", text)

    def _with_plain_row_ends(self, text: str) -> str:
        if self._old_mac:
            return text.replace("\r", "\n")
        if text.count("\r") == text.count("\r\n"):
            return text
        # Arrow would end a row at a return; in a file with newlines it belongs to the cell.
        self.is_rewritten = True
        return re.sub("\r(?!\n)", RETURN, text)

    def _whole_rows(self, text: str) -> tuple[str, str]:
        """The text as far as its last row end, rewritten, and the rest."""
        cut = len(text) if self._decoder.at_end else self._dialect.end_of_rows(text)
        if len(text) - cut > sizes.BLOCK:
            end = self._dialect.row_end or "\n"
            raise RefusedFile(
                RefusalCode.UNREADABLE, f"No row end {end!r} was found in {sizes.BLOCK:,} characters; see file.row_end."
            )
        return self._dialect.rewrite(text[:cut]), text[cut:]

    def take_line(self) -> str:
        """Takes one line, without its end."""
        while "\n" not in self._ready and self._more():
            if len(self._ready) > sizes.BLOCK:
                raise RefusedFile(
                    RefusalCode.UNREADABLE, f"A skipped line does not end within {sizes.BLOCK:,} characters."
                )
        length = self._ready.find("\n") + 1 or len(self._ready)
        line = self._ready[:length].rstrip("\n")
        self._take(length)
        return line

    def _take(self, length: int) -> None:
        taken, self._ready = self._ready[:length], self._ready[length:]
        self.line += taken.count("\n") + taken.count(NEWLINE)

    def peek_row(self) -> list[str] | None:
        """The cells of the first row that is not blank; None when there is none.

        Raises Unfinished when it does not end, and csv.Error.
        """
        while True:
            lines = io.StringIO(f"{self._ready}\n{SENTINEL}", newline="")
            row = next((row for row in self._dialect.reader(lines) if row), [SENTINEL])
            self._header_length = min(lines.tell(), len(self._ready))
            if lines.tell() <= len(self._ready):
                return row
            if len(self._ready) > sizes.BLOCK:
                raise self._unfinished()
            if not self._more():
                break
        if row == [SENTINEL]:
            return None
        if SENTINEL in row[-1]:
            raise self._unfinished()
        return row

    def _unfinished(self) -> Unfinished:
        if self._dialect.quote:
            self._quotes = Quotes(self._dialect, self.line)
            self._quotes.check(self._ready.encode(errors="replace"), 0)
        return Unfinished()

    def bad_quote_of_first_row(self) -> str:
        """What is wrong with the quotes of the row that was peeked at, if anything."""
        if not self._dialect.quote:
            return ""
        quotes = Quotes(self._dialect, self.line)
        bad = quotes.check(self._ready[: self._header_length].encode(errors="replace"), 0)
        return bad[0].problem if bad else ""

    def take_row(self) -> None:
        """Skips the row that was peeked at."""
        self._take(self._header_length)

    def next_rows(self, count: int) -> list[list[str]]:
        """The cells of as many rows as have been decoded already, which are not taken."""
        lines = io.StringIO(self._ready, newline="")
        rows: list[list[str]] = []
        try:
            for row in self._dialect.reader(lines):
                if len(rows) == count or (lines.tell() == len(self._ready) and not self._decoder.at_end):
                    break
                if row:
                    rows.append([self._dialect.restore(cell) for cell in row])
        except csv.Error:
            pass
        return rows

    def end_with(self, tail: str) -> None:
        """Adds a row after the last one; call it before rows are read."""
        self._tail = tail

    def take_blanks(self) -> list[np.ndarray]:
        """For each blank line since the last call, how many lines before it are not blank."""
        blanks, self._blanks = self._blanks, []
        return blanks

    def readable(self) -> bool:
        return True

    # Arrow reads in a thread of its own, where coverage cannot be measured.
    def read(self, size: int = -1) -> bytes:  # pragma: no cover
        return b"" if self._is_stopped else self._read(size)

    def stop(self) -> None:
        """Ends the text here, however much is left."""
        self._is_stopped = True

    def _read(self, size: int) -> bytes:  # pragma: no cover
        # Always whole blocks: a row longer than a block cannot be read.
        while len(self._bytes) <= size and (data := self._next_bytes()):
            self._bytes += data
        # Arrow drops a newline that begins a block when the block before ended with a return, even inside quotes.
        if size > 1 and self._bytes[size - 1 : size + 1] == b"\r\n":
            size -= 1
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken

    def take_bad_quotes(self) -> list[BadQuote]:
        """Those found since the last call."""
        found, self._bad_quotes = self._bad_quotes, []
        return found

    @property
    def opened(self) -> Opened | None:
        """The quoted cell that is not closed in what was read so far."""
        return self._quotes.opened if self._quotes else None

    def _next_bytes(self) -> bytes:  # pragma: no cover
        data = self._checked() if self._dialect.quote else self._rewritten()
        if data:
            self._note_blank_lines(data)
            return data
        tail, self._tail = self._tail, ""
        return (self._end_of_last_line() + tail).encode() if tail else b""

    def _end_of_last_line(self) -> str:  # pragma: no cover
        """What is missing before a row can be added: a row end, or a quote that closes an empty cell in that line."""
        if not self._ends_line:
            return "\n"
        last_line = self.line + self._lines_seen - 1
        opened = self.opened
        if self._quotes is None or opened is None or opened.line < last_line or opened.beginning != self._dialect.quote:
            return ""
        self._bad_quotes.append(self._quotes.stray(self._lines_seen - 1))
        return self._dialect.quote + "\n"

    def _rewritten(self) -> bytes:  # pragma: no cover
        while not self._ready and self._more():
            pass
        data, self._ready = self._ready.encode(errors="replace"), ""
        return data

    def _checked(self) -> bytes:  # pragma: no cover
        """The next whole lines, after a look at their quotes; at the end of the file, what is left."""
        lines = b""
        while not lines and (data := self._rewritten()):
            data = self._unchecked + data
            # A line that is longer than a block is refused by Arrow.
            end = data.rfind(b"\n") + 1 or (len(data) if len(data) > sizes.BLOCK else 0)
            lines, self._unchecked = data[:end], data[end:]
        if not lines:
            lines, self._unchecked = self._unchecked, b""
        if self._dialect.quote.encode() in lines:
            self.has_quotes = True
            if self._quotes is None:
                self._quotes = Quotes(self._dialect, self.line)
            self._bad_quotes += self._quotes.check(lines, self._lines_seen)
        return lines

    def _note_blank_lines(self, data: bytes) -> None:  # pragma: no cover
        starts_blank = self._ends_line and data.startswith((b"\n", b"\r\n"))
        self._ends_line = data.endswith(b"\n")
        if not (starts_blank or b"\n\n" in data or b"\n\r\n" in data):
            self._lines_seen += data.count(b"\n")
            return
        codes = np.frombuffer(data, dtype=np.uint8)
        ends = np.flatnonzero(codes == ord("\n"))
        lengths = np.diff(ends, prepend=-1) - 1
        is_blank = (lengths == 0) | ((lengths == 1) & (codes[ends - 1] == ord("\r")))
        is_blank[0] &= starts_blank
        at = np.flatnonzero(is_blank)
        self._blanks.append(self._lines_seen + at - self._blanks_seen - np.arange(len(at)))
        self._lines_seen += len(ends)
        self._blanks_seen += len(at)
