"""Reads a delimited text file in record batches: every cell as text, every record with its number and its line."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from wiseparts_pipeline.importing.codes import RefusalCode, RefusedFile, RowCode
from wiseparts_pipeline.importing.file_format import FileFormat

_CHUNK = 1 << 20
# The longest record that can be read. Arrow reads 32 blocks ahead, so this bounds memory as well.
_BLOCK = 1 << 20
# Small batches cost time for each step on them, large ones memory.
_BATCH_ROWS = 25_000

# A byte that the encoding does not know becomes a character of this plane, and so does NUL, which PostgreSQL does not
# store: so its row is told apart, and it can be written back as it came.
_BAD_BYTE = 0x10FF00
_NUL = "\U0010feff"
BAD_BYTES = f"[{_NUL}-\U0010ffff]"

# Inside Arrow a delimiter is one ASCII character and a row ends at a newline; these stand in for what is not so.
_UNIT = "\x1f"
_KEPT_UNIT, _NEWLINE, _RETURN = "\U0010fe1f", "\U0010fe0a", "\U0010fe0d"
# A record put behind the last one: when it does not come back, a quote was never closed.
_SENTINEL = "\U0010fe03end of file\U0010fe03"
# Newlines with nothing between them: however many, the cell they are in has one line more that is not blank.
_NEWLINES = "\n(?:\r?\n)*"

# What a file begins with that is no text at all.
_SIGNATURES = {
    b"PK\x03\x04": "a zip or Excel (xlsx) file",
    b"\xd0\xcf\x11\xe0": "an Excel (xls) file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF file",
}

ERROR_COLUMNS = ("_row", "_line", "_errors")


def _keep_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_BAD_BYTE + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("keep_bad_bytes", _keep_bad_bytes)


def show_bad_bytes(text: str) -> str:
    """Text for people: a byte that could not be read is shown as `\\xNN`."""
    return re.sub(BAD_BYTES, lambda match: f"\\x{_byte(match[0]):02x}", text)


def encode_bad_bytes(text: str, encoder: codecs.IncrementalEncoder) -> bytes:
    """Text in the encoder's encoding, and the bytes that could not be read as they came."""
    parts = re.split(f"({BAD_BYTES}+)", text.replace(_NUL, "\0"))
    return b"".join(
        _whole_characters(bytes(map(_byte, part)), encoder) if index % 2 else encoder.encode(part)
        for index, part in enumerate(parts)
    )


def _whole_characters(data: bytes, encoder: codecs.IncrementalEncoder) -> bytes:
    """Filled up where an encoding has several bytes for each character, so that the next is not read out of step."""
    return data + bytes(-len(data) % len(encoder.encode("\0")))


def _byte(character: str) -> int:
    return 0 if character == _NUL else ord(character) - _BAD_BYTE


@dataclass(frozen=True)
class Malformed:
    """A record that has not as many cells as the header."""

    row_number: int
    line_number: int
    cells: list[str]
    text: str


@dataclass
class Batch:
    """Records in file order: one string array a column of the file, with the number and line of each."""

    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    line_numbers: np.ndarray
    has_bad_bytes: bool
    malformed: list[Malformed] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.row_numbers)


class DelimitedFile:
    """A file of delimited text. `columns` are its column names, from the header or the settings.

    Raises RefusedFile when it cannot be read as the settings say.
    """

    def __init__(self, path: Path, settings: FileFormat) -> None:
        self._settings = settings
        self._dialect = _Dialect(settings)
        self._text = _Text(path, self._dialect, settings.encoding)
        for _ in range(settings.skip_lines):
            self._text.take_line()
        first = self._first_record()
        if settings.header:
            self.columns = self._read_header(first)
        else:
            self.columns = self._named_columns(first)

    def _first_record(self) -> list[str] | None:
        try:
            return self._text.peek_record()
        except csv.Error as error:
            raise RefusedFile(RefusalCode.UNREADABLE, f"The first line cannot be read: {error}.") from None
        except _Unfinished:
            raise self._never_ends() from None

    def _read_header(self, first: list[str] | None) -> list[str]:
        if self._text.is_empty:
            raise RefusedFile(RefusalCode.EMPTY_FILE, "The file is empty.")
        if first is None:
            raise RefusedFile(RefusalCode.NO_HEADER, "The file has no header line.")
        self._text.take_record()
        names = [self._dialect.restore(name).strip() for name in first]
        if re.search(BAD_BYTES, "".join(names)):
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The header is not {self._settings.encoding} text: {show_bad_bytes(', '.join(names))[:200]!r}. "
                "Send it in that encoding, or set file.encoding to the one it has.",
            )
        # Spreadsheets leave delimiters behind the last named column.
        named = [name for name in names if name]
        if not named:
            raise RefusedFile(RefusalCode.NO_HEADER, "The header line names no column.")
        repeated = sorted({name for name in named if named.count(name) > 1})
        if repeated:
            raise RefusedFile(
                RefusalCode.DUPLICATE_COLUMN, f"The header names a column more than once: {', '.join(repeated)}."
            )
        return [name or f"_unnamed_{position}" for position, name in enumerate(names, 1)]

    def _named_columns(self, first: list[str] | None) -> list[str]:
        if first is None:
            raise RefusedFile(RefusalCode.EMPTY_FILE, "The file is empty.")
        names = list(self._settings.names)
        # An error file that comes back has these behind the columns, and no header to say so.
        surplus = [self._dialect.restore(cell) for cell in first[len(names) :]]
        return names + list(ERROR_COLUMNS) if _are_error_cells(surplus) else names

    def batches(self) -> Iterator[Batch]:
        """The records behind the header. Raises RefusedFile when a quote is never closed or a record never ends."""
        invalid: deque[pyarrow.csv.InvalidRow] = deque()

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            invalid.append(row)
            return "skip"

        names = [str(index) for index in range(len(self.columns))]
        self._text.end_with(self._dialect.delimiter.join([_SENTINEL] * len(names)) + "\n")
        try:
            reader = pyarrow.csv.open_csv(
                self._text,
                read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._dialect.delimiter,
                    quote_char=self._settings.quote or False,
                    newlines_in_values=bool(self._settings.quote),
                    invalid_row_handler=skip,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
                ),
            )
            yield from self._number(reader, invalid)
        except pa.ArrowInvalid as error:
            if "straddling" in str(error):
                raise self._never_ends() from None
            raise RefusedFile(RefusalCode.UNREADABLE, f"The file cannot be read as CSV: {error}.") from None
        finally:
            self._text.close()

    def _number(
        self, reader: pyarrow.csv.CSVStreamingReader, invalid: deque[pyarrow.csv.InvalidRow]
    ) -> Iterator[Batch]:
        numbering = _Numbering(self._text, self._dialect)
        closed = False
        for arrays in _grouped(reader):
            if len(arrays[0]) and arrays[0][-1].as_py() == _SENTINEL:
                closed = True
                arrays = [array.slice(0, len(array) - 1) for array in arrays]
            batch = numbering.batch(self.columns, arrays, invalid)
            if len(batch) or batch.malformed:
                yield batch
        if not closed:
            raise self._never_ends()

    def _never_ends(self) -> RefusedFile:
        if not self._settings.quote:
            return RefusedFile(
                RefusalCode.UNREADABLE,
                f"A row does not end within {_BLOCK:,} bytes; see file.row_end and file.encoding.",
            )
        return RefusedFile(
            RefusalCode.UNREADABLE,
            f"A quote ({self._settings.quote}) that opens a cell is never closed, so its row does not end."
            " Double a quote inside a quoted cell, or set file.quote to '' if quotes have no meaning in this file.",
        )


def _grouped(reader: pyarrow.csv.CSVStreamingReader) -> Iterator[list[pa.Array]]:
    """The columns of several of Arrow's batches at a time."""
    pieces: list[pa.RecordBatch] = []
    for piece in reader:
        pieces.append(piece)
        if sum(map(len, pieces)) >= _BATCH_ROWS:
            yield pa.concat_batches(pieces).columns
            pieces = []
    if pieces:
        yield pa.concat_batches(pieces).columns


def _are_error_cells(cells: list[str]) -> bool:
    return (
        len(cells) == len(ERROR_COLUMNS)
        and all(cell.strip().isdecimal() for cell in cells[:2])
        and cells[2].strip().startswith(tuple(f"{code}:" for code in RowCode))
    )


class _Numbering:
    """Gives records their numbers and lines; both count what stands between the records that could be read."""

    def __init__(self, text: "_Text", dialect: "_Dialect") -> None:
        self._text = text
        self._dialect = dialect
        self._next_row = 1
        self._first_line = text.line
        # Lines that are not blank, newlines that are no row end, and blank lines, all before the next record.
        self._filled = self._newlines = self._blank = 0
        self._blanks = np.zeros(0, dtype=np.int64)

    def batch(self, names: list[str], arrays: list[pa.Array], invalid: deque[pyarrow.csv.InvalidRow]) -> Batch:
        """The records of the arrays as they come from Arrow, and the invalid ones before, between and behind them."""
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
        """A record starts behind the lines of those before it and behind the blank lines that stand before those."""
        filled = np.ones(len(is_invalid), dtype=np.int64)
        newlines = np.zeros(len(is_invalid), dtype=np.int64)
        for array in arrays if self._text.has_quotes else []:
            if _contains(array, "\n"):
                filled[~is_invalid] += _counted(pc.count_substring_regex(array, _NEWLINES))
        for array in arrays if self._dialect.row_end else []:
            newlines[~is_invalid] += _counted(pc.count_substring(array, _NEWLINE))
        for at, row in zip(np.flatnonzero(is_invalid), due, strict=True):
            filled[at] += len(re.findall(_NEWLINES, row.text))
            newlines[at] += row.text.count(_NEWLINE)

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


def _contains(array: pa.Array, text: str) -> bool:
    """Whether the text is in any cell, or in one that was cut off the array: a hint that comes at no cost."""
    data = array.buffers()[2]
    return data is not None and text.encode() in data.to_pybytes()


class _Dialect:
    """How delimiter and row end are rewritten to what Arrow reads, and cells back to what they were."""

    def __init__(self, settings: FileFormat) -> None:
        self.quote = settings.quote
        self.row_end = None if settings.row_end == "auto" else settings.row_end
        self._original_delimiter = settings.delimiter
        simple = len(settings.delimiter) == 1 and settings.delimiter.isascii()
        self.delimiter = settings.delimiter if simple else _UNIT
        self.is_plain = simple and self.row_end is None
        self._stand_ins = [] if self.row_end is None else [("\n", self.row_end), (_NEWLINE, "\n")]
        self._stand_ins.append((_RETURN, "\r"))
        if not simple:
            self._stand_ins += [(_UNIT, self._original_delimiter), (_KEPT_UNIT, _UNIT)]

    def rewrite(self, text: str) -> str:
        """Text of whole records in the form that Arrow reads."""
        if self.row_end is not None:
            records = text.split(self.row_end)
            text = "\n".join(record.replace("\n", _NEWLINE).replace("\r", _RETURN) for record in records)
        if self.delimiter != self._original_delimiter:
            text = text.replace(_UNIT, _KEPT_UNIT).replace(self._original_delimiter, _UNIT)
        return text

    def restore(self, text: str) -> str:
        for stand_in, original in self._stand_ins:
            text = text.replace(stand_in, original)
        return text

    def restore_array(self, array: pa.Array) -> pa.Array:
        for stand_in, original in self._stand_ins:
            if _contains(array, stand_in):
                array = pc.replace_substring(array, stand_in, original)
        return array

    def reader(self, text: io.StringIO) -> Iterator[list[str]]:
        """The records of rewritten text, their cells not yet restored."""
        csv.field_size_limit(_BLOCK)
        if self.quote:
            return csv.reader(text, delimiter=self.delimiter, quotechar=self.quote)
        return csv.reader(text, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)

    def cells(self, row: pyarrow.csv.InvalidRow) -> list[str]:
        """The cells of a record that has too many or too few."""
        cells = [cell for record in self.reader(io.StringIO(row.text, newline="")) for cell in record]
        return [self.restore(cell) for cell in cells]


class _Unfinished(Exception):
    """The first record does not end."""


class _Text(io.RawIOBase):
    """The decoded file as UTF-8 in the form that Arrow reads, and what is seen of it on the way."""

    def __init__(self, path: Path, dialect: _Dialect, encoding: str) -> None:
        super().__init__()
        self._file: BinaryIO = path.open("rb")
        self._encoding = encoding
        self._strict = codecs.getincrementaldecoder(encoding)(errors="strict")
        self._lenient = codecs.getincrementaldecoder(encoding)(errors="keep_bad_bytes")
        self._dialect = dialect
        self._pending = ""  # decoded, not yet rewritten: an unfinished record
        self._ready = ""  # rewritten, not yet read
        self._bytes = bytearray()  # read by Arrow in part
        self._tail = ""
        self._at_end = False
        self._old_mac: bool | None = None  # not known before the first line has ended
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

    def close(self) -> None:
        self._file.close()
        super().close()

    def _more(self) -> bool:
        """Decodes and rewrites one more chunk; False at the end of the file."""
        if self._at_end:
            return False
        data = self._file.read(_CHUNK)
        if self._file.tell() == len(data):
            self._refuse_other_formats(data)
        self._at_end = not data
        text = self._pending + self._decode(data)
        # What a return is, is told by what follows it.
        held = "\r" if text.endswith("\r") and not self._at_end else ""
        text = text.removesuffix(held)
        if self.is_empty and text:
            text = text.removeprefix("\ufeff")
        if self._old_mac is None and ("\r" in text or "\n" in text):
            self._old_mac = "\n" not in text
        self.is_empty = self.is_empty and not text.strip()
        if "\x00" in text:
            text = text.replace("\x00", _NUL)
            self.has_bad_bytes = True
        if self._dialect.row_end is None and "\r" in text:
            text = self._with_plain_row_ends(text)
        if self._dialect.is_plain:
            self._pending = held
        else:
            text, rest = self._whole_records(text)
            self._pending = rest + held
        self._ready += text
        return True

    @staticmethod
    def _refuse_other_formats(data: bytes) -> None:
        for signature, name in _SIGNATURES.items():
            if data.startswith(signature):
                raise RefusedFile(RefusalCode.UNREADABLE, f"This is {name}, not delimited text. Send it as CSV.")

    def _with_plain_row_ends(self, text: str) -> str:
        if self._old_mac:
            return text.replace("\r", "\n")
        if text.count("\r") == text.count("\r\n"):
            return text
        # Arrow would end a row at a return; in a file with newlines it belongs to the cell.
        self.is_rewritten = True
        return re.sub("\r(?!\n)", _RETURN, text)

    def _decode(self, data: bytes) -> str:
        state = self._strict.getstate()
        try:
            return self._strict.decode(data, final=self._at_end)
        except UnicodeDecodeError:
            self._lenient.setstate(state)
            text = self._lenient.decode(data, final=self._at_end)
            self._strict.setstate(self._lenient.getstate())
            self.has_bad_bytes = True
            return text
        except UnicodeError as error:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The file is not {self._encoding} text: {error}. Set file.encoding to what it is.",
            ) from None

    def _whole_records(self, text: str) -> tuple[str, str]:
        """The text as far as its last row end, rewritten, and the rest."""
        end = self._dialect.row_end or "\n"
        # From the left: "~~~" ends with a "~" where the row end is "~~".
        cut = len(text) if self._at_end else len(text) - len(text.split(end)[-1])
        if len(text) - cut > _BLOCK:
            raise RefusedFile(
                RefusalCode.UNREADABLE, f"No row end {end!r} was found in {_BLOCK:,} characters; see file.row_end."
            )
        return self._dialect.rewrite(text[:cut]), text[cut:]

    def take_line(self) -> None:
        """Passes over one line."""
        while "\n" not in self._ready and self._more():
            if len(self._ready) > _BLOCK:
                raise RefusedFile(RefusalCode.UNREADABLE, f"A skipped line does not end within {_BLOCK:,} characters.")
        self._take(self._ready.find("\n") + 1 or len(self._ready))

    def _take(self, length: int) -> None:
        taken, self._ready = self._ready[:length], self._ready[length:]
        self.line += taken.count("\n") + taken.count(_NEWLINE)

    def peek_record(self) -> list[str] | None:
        """The cells of the first record that is not blank; None when there is none.

        Raises _Unfinished when it does not end, and csv.Error.
        """
        while True:
            lines = io.StringIO(f"{self._ready}\n{_SENTINEL}", newline="")
            record = next((record for record in self._dialect.reader(lines) if record), [_SENTINEL])
            self._header_length = min(lines.tell(), len(self._ready))
            if lines.tell() <= len(self._ready):
                return record
            if len(self._ready) > _BLOCK:
                raise _Unfinished
            if not self._more():
                break
        if record == [_SENTINEL]:
            return None
        if _SENTINEL in record[-1]:
            raise _Unfinished
        return record

    def take_record(self) -> None:
        """Passes over the record that was peeked at."""
        self._take(self._header_length)

    def end_with(self, tail: str) -> None:
        """Starts the reading of records; `tail` is a record put behind the last one."""
        self._tail = tail

    def take_blanks(self) -> list[np.ndarray]:
        """Of each blank line seen since this was asked last, how many lines that are not blank stand before it."""
        blanks, self._blanks = self._blanks, []
        return blanks

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        # Always whole blocks: a record that is longer than one of them cannot be read.
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
