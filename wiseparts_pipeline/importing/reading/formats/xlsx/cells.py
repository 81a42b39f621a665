"""The cells of a sheet as its XML has them, in pieces of many rows.

Rows written like Excel and the usual libraries do are split by one regular expression, which takes a quarter of the
time of an XML parser; a piece with anything else in it is given to the parser.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO

import numpy as np

from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.formats.xlsx.parts import BrokenPart, enter, parser
from wiseparts_pipeline.importing.reading.formats.xlsx.texts import CellText, unescaped
from wiseparts_pipeline.importing.reading.spreadsheet_errors import NOT_CALCULATED

# Excel has no more.
_MOST_COLUMNS = 16_384
_MOST_ROWS = 1 << 20
# In characters of XML, which take several times the memory once they are cells.
_LONGEST_ROW = 2 << 20
_MOST_LETTERS = 3

_ENCODING = re.compile(rb"""^<\?xml[^>]*\sencoding=["']([\w.-]+)["']""")
_START = re.compile(r"<(?:\w+:)?sheetData\s*(/?)>")
_ROW_ENDS = re.compile(r".*(?:</(?:\w+:)?row\s*>|<(?:\w+:)?row\b[^<>]*/>)", re.DOTALL)
_END_TAG = "sheetData"
_END = re.compile(rf"</(?:\w+:)?{_END_TAG}\s*>")
# Column, style, type, formula, and the value or the text in its place. Line ends and entities are left to the parser.
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})\d+"(?: s="(\d+)")?(?: t="([A-Za-z]+)")?'
    r"(?:/>|>(<f(?: [^<>]*)?(?:/>|>[^<]*</f>))?"
    r'(?:<v>|<is><t(?: xml:space="preserve")?>)([^<&\x00-\x1f]*)(?:</v>|</t></is>)</c>)'
)
_GROUPS = _CELL.groups + 1
# What may be between two cells of different rows: the end of one, empty ones, and the beginning of the next.
_BETWEEN_ROWS = re.compile(
    r'\s*(?:</row>\s*)?(?:<row\b[^<>]*(?:/>|>\s*</row>)\s*)*<row r="(\d{1,9})"(?: [^<>]*[^<>/])?>\s*'
)
# The type and the value of a formula without a result.
_NOT_CALCULATED = ("e", NOT_CALCULATED)
_LAST = re.compile(r"\s*(?:</row>\s*)?(?:<row\b[^<>]*(?:/>|>\s*</row>)\s*)*")


@dataclass
class Cells:
    """Cells in the order of the sheet; `rows` and `columns` count from 1 and from 0.

    `styles` and `types` are as they are written, None where they are not. `values`: None where there is none.
    """

    rows: np.ndarray
    columns: np.ndarray
    styles: list[str | None]
    types: list[str | None]
    values: list[str | None]

    def part(self, start: int, stop: int) -> "Cells":
        """The cells from one position to before another."""
        part = slice(start, stop)
        return Cells(self.rows[part], self.columns[part], self.styles[part], self.types[part], self.values[part])


def read_cells(file: IO[bytes]) -> Iterator[Cells]:
    """The cells of a sheet's XML. Raises BrokenPart or ExpatError."""
    last_row = 0
    last = -1
    for rows in _pieces_of_whole_rows(file):
        cells = _split(rows) or _parsed(rows, last_row)
        if not len(cells.rows):
            continue
        if cells.rows[-1] > _MOST_ROWS or cells.columns.max() >= _MOST_COLUMNS:
            raise BrokenPart(f"it has more than {_MOST_ROWS:,} rows or {_MOST_COLUMNS:,} columns")
        positions = cells.rows * _MOST_COLUMNS + cells.columns
        if not (np.diff(positions, prepend=last) > 0).all():
            raise BrokenPart("its cells are not in order")
        last_row, last = int(cells.rows[-1]), int(positions[-1])
        yield cells


def _pieces_of_whole_rows(file: IO[bytes]) -> Iterator[str]:
    texts = _texts(file)
    text = ""
    while not (start := _START.search(text)):
        more = next(texts, None)
        if more is None:
            raise BrokenPart("a sheet has no cells or is not a sheet")
        text += more
        _check_length(text)
    if "<!DOCTYPE" in text[: start.start()]:
        raise BrokenPart("a sheet has a document type")
    if start[1]:
        return
    text = text[start.end() :]
    while not (end := _END.search(text) if _END_TAG in text else None):
        if whole := _ROW_ENDS.match(text):
            yield whole[0]
            text = text[whole.end() :]
        _check_length(text)
        more = next(texts, None)
        if more is None:
            raise BrokenPart("a sheet is cut off")
        text += more
    yield text[: end.start()]
    # To its end, where its checksum is compared.
    for _ in texts:
        pass


def _check_length(text: str) -> None:
    if len(text) > _LONGEST_ROW:
        raise BrokenPart(f"a row has more than {_LONGEST_ROW >> 20} million characters")


def _texts(file: IO[bytes]) -> Iterator[str]:
    data = file.read(sizes.CHUNK)
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    stated = _ENCODING.search(data)
    encoding = "utf-16" if is_utf16 else stated[1].decode() if stated else "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding.lower() == "utf-8" else encoding)()
    while data:
        yield decoder.decode(data)
        data = file.read(sizes.CHUNK)
    yield decoder.decode(b"", True)


def _split(rows: str) -> Cells | None:
    """The cells of rows; None if they are not all written in the usual way."""
    parts = _CELL.split(rows)
    between = parts[0::_GROUPS]
    if not _LAST.fullmatch(between[-1]) or (len(between) > 1 and not between[-1].lstrip().startswith("</row>")):
        return None
    starts: list[int] = []
    numbers: list[int] = []
    for position, text in enumerate(between[:-1]):
        if text:
            row = _BETWEEN_ROWS.fullmatch(text)
            # The end of a row must come before the beginning of the next.
            if row is None or text.lstrip().startswith("</row>") == (position == 0):
                if text.isspace() and position:
                    continue
                return None
            starts.append(position)
            numbers.append(_row_number(row[1]))
    count = len(between) - 1
    if count and (not starts or starts[0] != 0):
        return None
    lengths = np.diff([*starts, count])
    types, values = parts[3::_GROUPS], parts[5::_GROUPS]
    if "<f" in rows:
        for at, (formula, value) in enumerate(zip(parts[4::_GROUPS], values, strict=True)):
            if formula and _is_not_calculated(types[at], value):
                types[at], values[at] = _NOT_CALCULATED
    return Cells(
        rows=np.repeat(np.array(numbers, np.int64), lengths),
        columns=np.fromiter(map(_position, parts[1::_GROUPS]), np.int64, count),
        styles=parts[2::_GROUPS],
        types=types,
        values=list(map(_unescaped, values)) if "_x" in rows else values,
    )


def _is_not_calculated(type_: str | None, value: str | None) -> bool:
    """Whether a formula has no result beside it; that of a formula of text may be an empty one."""
    return not value and type_ != "str"


def _unescaped(text: str | None) -> str | None:
    return None if text is None else unescaped(text)


def _row_number(text: str) -> int:
    """Raises BrokenPart for one that Excel does not have."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_ROWS))):
        raise BrokenPart(f"it has no row {text[:20]!r}")
    return int(text)


@cache
def _position(letters: str) -> int:
    """Of a column, from 0. Raises BrokenPart for one that Excel does not have."""
    if len(letters) > _MOST_LETTERS:
        raise BrokenPart(f"it has no column {letters[:20]!r}")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    if not letters.isalpha() or not letters.isascii() or not letters.isupper() or number > _MOST_COLUMNS:
        raise BrokenPart(f"it has no column {letters!r}")
    return number - 1


def letters_of(column: int) -> str:
    """The letters of a column, counted from 0."""
    letters = ""
    while column >= 0:
        column, letter = divmod(column, 26)
        letters, column = chr(ord("A") + letter) + letters, column - 1
    return letters


def _parsed(rows: str, last_row: int) -> Cells:
    """The cells of rows by an XML parser. `last_row`: the row before, as rows need not have a number."""
    found = _Handler(last_row)
    made = parser(found.start, found.end, found.text)
    made.Parse("<rows>", False)
    made.Parse(rows, False)
    made.Parse("</rows>", True)
    return Cells(
        np.array(found.rows, np.int64), np.array(found.columns, np.int64), found.styles, found.types, found.values
    )


class _Handler:
    """Collects the cells that a parser comes across."""

    def __init__(self, row: int) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        self.styles: list[str | None] = []
        self.types: list[str | None] = []
        self.values: list[str | None] = []
        self._row = row
        self._column = -1
        self._path: list[str] = []
        self._text = CellText()
        self._has_text = self._is_formula = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = enter(self._path, name)
        if name == "row":
            self._row = _row_number(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = -1
        elif name == "c":
            reference = attributes.get("r")
            self._column = _position(reference.rstrip("0123456789")) if reference else self._column + 1
            self.rows.append(self._row)
            self.columns.append(self._column)
            self.styles.append(attributes.get("s"))
            self.types.append(attributes.get("t"))
            self._text.take()
            self._has_text = self._is_formula = False
        elif name == "f":
            self._is_formula = True
        elif name in ("v", "t"):
            self._has_text = True

    def text(self, piece: str) -> None:
        if self._has_text and self._path[-1] in ("v", "t") and "rPh" not in self._path:
            self._text.add(piece)

    def end(self, _: str) -> None:
        if self._path.pop() != "c":
            return
        text = self._text.take()
        self.values.append(text if self._has_text else None)
        if self._is_formula and _is_not_calculated(self.types[-1], self.values[-1]):
            self.types[-1], self.values[-1] = _NOT_CALCULATED
        self._has_text = False
