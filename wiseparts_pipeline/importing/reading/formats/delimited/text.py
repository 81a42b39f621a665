"""The text of a delimited file on its way to Arrow: decoded, rewritten, its lines counted."""

import codecs
import io
import re

import numpy as np

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.bad_bytes import NUL
from wiseparts_pipeline.importing.reading.formats.delimited.dialect import NEWLINE, RETURN, Dialect
from wiseparts_pipeline.importing.reading.sources import Readable, refuse_other_formats

# A row added after the last one: when it does not come back, a quote was never closed.
SENTINEL = "\U0010fe03end of file\U0010fe03"


class Unfinished(Exception):
    """The first row does not end."""


class Text(io.RawIOBase):
    """The decoded file as UTF-8 in the form that Arrow reads, and what was found in it so far."""

    def __init__(self, opened: Readable, dialect: Dialect, encoding: str) -> None:
        super().__init__()
        self._file = opened
        self._is_begun = False
        self._encoding = encoding
        self._strict = codecs.getincrementaldecoder(encoding)(errors="strict")
        self._lenient = codecs.getincrementaldecoder(encoding)(errors="keep_bad_bytes")
        self._dialect = dialect
        self._pending = ""  # decoded, not yet rewritten: an unfinished row
        self._ready = ""  # rewritten, not yet read
        self._bytes = bytearray()  # partly read by Arrow
        self._tail = ""
        self._at_end = False
        self._old_mac: bool | None = None  # not known until the first line has ended
        self._header_length = 0
        self._ends_line = True
        self.is_empty = True
        self.has_bad_bytes = False
        self.has_quotes = False
        self.is_rewritten = not dialect.is_plain
        self.line = 1
        self._lines_seen = self._blanks_seen = 0
        self._blanks: list[np.ndarray] = []
        self._more()

    def _more(self) -> bool:
        """Decodes and rewrites one more chunk; False at the end of the file."""
        if self._at_end:
            return False
        data = self._file.read(sizes.CHUNK)
        if not self._is_begun:
            refuse_other_formats(data)
        self._is_begun = True
        self._at_end = not data
        text = self._pending + self._decode(data)
        # What a return means depends on what follows it.
        held = "\r" if text.endswith("\r") and not self._at_end else ""
        text = text.removesuffix(held)
        if self.is_empty and text:
            text = text.removeprefix("\ufeff")
        if self._old_mac is None and ("\r" in text or "\n" in text):
            self._old_mac = "\n" not in text
        self.is_empty = self.is_empty and not text.strip()
        if "\x00" in text:
            text = text.replace("\x00", NUL)
            self.has_bad_bytes = True
        if self._dialect.row_end is None and "\r" in text:
            text = self._with_plain_row_ends(text)
        if self._dialect.is_plain:
            self._pending = held
        else:
            text, rest = self._whole_rows(text)
            self._pending = rest + held
        self._ready += text
        return True

    def _with_plain_row_ends(self, text: str) -> str:
        if self._old_mac:
            return text.replace("\r", "\n")
        if text.count("\r") == text.count("\r\n"):
            return text
        # Arrow would end a row at a return; in a file with newlines it belongs to the cell.
        self.is_rewritten = True
        return re.sub("\r(?!\n)", RETURN, text)

    def _decode(self, data: bytes) -> str:
        try:
            return self._decode_bad_bytes(data)
        except UnicodeError as error:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The file is not {self._encoding} text: {error}. Set file.encoding to what it is.",
            ) from None

    def _decode_bad_bytes(self, data: bytes) -> str:
        state = self._strict.getstate()
        try:
            return self._strict.decode(data, final=self._at_end)
        except UnicodeDecodeError:
            self._lenient.setstate(state)
            text = self._lenient.decode(data, final=self._at_end)
            self._strict.setstate(self._lenient.getstate())
            self.has_bad_bytes = True
            return text

    def _whole_rows(self, text: str) -> tuple[str, str]:
        """The text as far as its last row end, rewritten, and the rest."""
        end = self._dialect.row_end or "\n"
        # From the left: "~~~" ends with a "~" where the row end is "~~".
        cut = len(text) if self._at_end else len(text) - len(text.split(end)[-1])
        if len(text) - cut > sizes.BLOCK:
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
                raise Unfinished
            if not self._more():
                break
        if row == [SENTINEL]:
            return None
        if SENTINEL in row[-1]:
            raise Unfinished
        return row

    def take_row(self) -> None:
        """Skips the row that was peeked at."""
        self._take(self._header_length)

    def end_with(self, tail: str) -> None:
        """Adds a row after the last one; call it before rows are read."""
        self._tail = tail

    def take_blanks(self) -> list[np.ndarray]:
        """For each blank line since the last call, how many lines before it are not blank."""
        blanks, self._blanks = self._blanks, []
        return blanks

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        # Always whole blocks: a row longer than a block cannot be read.
        while (len(self._bytes) <= size or size < 0) and (data := self._next_bytes()):
            self._bytes += data
        size = len(self._bytes) if size < 0 else size
        # Arrow drops a newline that begins a block when the block before ended with a return, even inside quotes.
        if size > 1 and self._bytes[size - 1 : size + 1] == b"\r\n":
            size -= 1
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken

    def _next_bytes(self) -> bytes:
        while not self._ready and self._more():
            pass
        if not self._ready:
            tail, self._tail = self._tail, ""
            return (("" if self._ends_line else "\n") + tail).encode() if tail else b""
        text, self._ready = self._ready, ""
        self.has_quotes = self.has_quotes or bool(self._dialect.quote and self._dialect.quote in text)
        data = text.encode(errors="replace")
        self._note_blank_lines(data)
        return data

    def _note_blank_lines(self, data: bytes) -> None:
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
