"""A file of any dialect is read back exactly, with every record's number and line."""

import csv
import io
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import open_rows, show_bad_bytes, sizes
from wiseparts_pipeline.importing.reading.formats.delimited.reader import _wait_for_arrow
from wiseparts_pipeline.importing.reading.formats.delimited.text import Text

DIALECTS = {
    "plain": {},
    "crlf": {"row_end": "\r\n"},
    "windows, detected": {"written_row_end": "\r\n"},
    "semicolon in cp1253": {"delimiter": ";", "encoding": "cp1253"},
    "tab in utf-16": {"delimiter": "\t", "encoding": "utf-16", "written_row_end": "\r\n"},
    "with a BOM": {"encoding": "utf-8-sig", "quote": "'"},
    "Greek ISO": {"delimiter": "|", "encoding": "iso-8859-7"},
    "Chinese": {"encoding": "gb18030", "delimiter": ";"},
    "two characters": {"delimiter": "+|", "row_end": "&|\n"},
    "a delimiter beyond ASCII": {"delimiter": "§", "encoding": "iso-8859-1"},
    "row ends without a newline": {"delimiter": "::", "row_end": "~~", "encoding": "utf-16-le"},
    "ASCII separators": {"delimiter": "\x1f", "row_end": "\x1e"},
    "old Mac": {"written_row_end": "\r", "encoding": "mac-roman"},
}
CELL_PIECES = [
    "a", "B", "7", " ", "", ",", ";", "|", "+|", "::", "'", '"', '""', "\n", "\r\n", "\r", "\n\n", "\n\r\n",
    "&|\n", "~~", "\\", "é", "Ω", "€", "§", "漢", "\x1f", "\x1e", "\t",
]  # fmt: skip


@dataclass(frozen=True)
class Dialect:
    file: FileFormat
    row_end: str

    @classmethod
    def named(cls, name: str) -> "Dialect":
        options: dict[str, Any] = dict(DIALECTS[name])
        written = options.pop("written_row_end", options.get("row_end", "\n"))
        return cls(FileFormat(**options), written)

    def record(self, cells: Sequence[str]) -> str:
        """As Python's csv module writes it; a delimiter that it cannot write is put in afterwards."""
        written = io.StringIO()
        simple = len(self.file.delimiter) == 1
        csv.writer(
            written,
            delimiter=self.file.delimiter if simple else "\x02",
            quotechar=self.file.quote,
            lineterminator="\r\n",
            quoting=csv.QUOTE_MINIMAL
            if simple and len(self.row_end) == 1 and self.row_end in "\r\n"
            else csv.QUOTE_ALL,
        ).writerow(cells)
        return written.getvalue().removesuffix("\r\n").replace("\x02", self.file.delimiter) + self.row_end

    def can_hold(self, cell: str) -> bool:
        # In such a file a return inside a cell cannot be distinguished from a newline.
        if self.row_end == "\r" and ("\n" in cell or "\r" in cell):
            return False
        return cell.encode(self.file.encoding, "replace").decode(self.file.encoding) == cell

    def line_of(self, text_before: str) -> int:
        """A row end is one line, and so is any other newline."""
        return 1 + text_before.replace(self.row_end, "\n").count("\n")


def read(path: Path, file: FileFormat) -> tuple[list[str], dict[int, tuple[int, list[str], bool]]]:
    """The columns, and by row number: the line, the cells, whether their count is right."""
    opened = open_rows(path, "file.csv", file)
    records: dict[int, tuple[int, list[str], bool]] = {}
    for batch in opened.batches():
        cells = zip(*(array.to_pylist() for array in batch.columns.values()), strict=True)
        for number, line, row in zip(batch.row_numbers, batch.line_numbers, cells, strict=True):
            assert number not in records
            records[int(number)] = (int(line), list(row), True)
        for malformed in batch.malformed:
            assert malformed.row_number not in records
            records[malformed.row_number] = (malformed.line_number, malformed.cells, False)
    return opened.columns, records


def filled(cell: str) -> bool:
    return cell.strip(" \t\r\n") != ""


@st.composite
def tables(draw: st.DrawFn) -> tuple[Dialect, list[str], list[tuple[int, list[str]]]]:
    """A dialect, column names, and records each with a number of blank lines before it."""
    dialect = Dialect.named(draw(st.sampled_from(list(DIALECTS))))
    width = draw(st.integers(1, 4))
    cell = st.lists(st.sampled_from(CELL_PIECES), max_size=5).map("".join).filter(dialect.can_hold)
    right = st.lists(cell, min_size=width, max_size=width)
    wrong = st.lists(cell, min_size=1, max_size=width + 2).filter(
        lambda cells: len(cells) <= width or filled(cells[-1])
    )
    record = right | right | right | wrong
    rows = draw(st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 3]), record), max_size=12))
    return dialect, [f"column {index}" for index in range(width)], rows


@settings(
    max_examples=300,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    table=tables(), chunk=st.integers(2, 60), spare=st.integers(1, 40), batch_rows=st.integers(1, 5), last=st.booleans()
)
def test_what_was_written_is_read_back(
    table: tuple[Dialect, list[str], list[tuple[int, list[str]]]],
    chunk: int,
    spare: int,
    batch_rows: int,
    last: bool,
    tmp_path: Path,
) -> None:
    dialect, columns, rows = table
    text = dialect.record(columns)
    expected: dict[int, tuple[int, list[str], bool]] = {}
    longest = 30 * len(columns)
    for blanks, cells in rows:
        text += dialect.row_end * blanks
        # Empty cells alone are no row, like a blank line.
        if any(map(filled, cells)) or len(cells) == len(columns) == 1:
            expected[len(expected) + 1] = (dialect.line_of(text), cells, len(cells) == len(columns))
        record = dialect.record(cells)
        longest = max(longest, 4 * len(record))
        text += record
    if not last:
        text = text.removesuffix(dialect.row_end)
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode(dialect.file.encoding))

    with patch.multiple(sizes, CHUNK=chunk, BLOCK=longest + spare, BATCH_ROWS=batch_rows):
        found = read(path, dialect.file)

    assert found == (columns, expected)


def file_of(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    return path


def refusal(path: Path, file: FileFormat) -> RefusedFile:
    with pytest.raises(RefusedFile) as raised:
        read(path, file)
    return raised.value


def cells_of(path: Path, file: FileFormat) -> list[list[str]]:
    return [cells for _, cells, _ in read(path, file)[1].values()]


def test_a_file_without_a_header_takes_its_columns_from_the_settings(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"1|a\n2|b\n")
    columns, records = read(path, FileFormat(header=False, names=("id", "name"), delimiter="|"))
    assert columns == ["id", "name"]
    assert records == {1: (1, ["1", "a"], True), 2: (2, ["2", "b"], True)}


def test_lines_before_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    path = file_of(tmp_path, b'Report, of "today\n\na,b\n\n1,2\n')
    assert read(path, FileFormat(skip_lines=2)) == (["a", "b"], {1: (5, ["1", "2"], True)})


def test_blank_lines_before_the_header_are_skipped(tmp_path: Path) -> None:
    assert read(file_of(tmp_path, b"\n\r\na,b\n1,2\n"), FileFormat()) == (["a", "b"], {1: (4, ["1", "2"], True)})


def test_a_header_may_have_newlines_in_its_cells(tmp_path: Path) -> None:
    with patch.object(sizes, "CHUNK", 5):
        found = read(file_of(tmp_path, b'"net\namount",b\n1,2\n'), FileFormat())
    assert found == (["net\namount", "b"], {1: (3, ["1", "2"], True)})


def test_quotes_may_have_no_meaning(tmp_path: Path) -> None:
    path = file_of(tmp_path, b'a,b\n"1,2"\n3" pipe,"\n')
    assert cells_of(path, FileFormat(quote="")) == [['"1', '2"'], ['3" pipe', '"']]


def test_a_quote_inside_an_unquoted_cell_is_text(tmp_path: Path) -> None:
    assert cells_of(file_of(tmp_path, b'a,b\n3" pipe,x\n'), FileFormat()) == [['3" pipe', "x"]]


def test_a_lone_return_in_a_file_with_newlines_belongs_to_its_cell(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"a,b\r\nx\ry,1\r\nz,2\r\r\n")
    assert read(path, FileFormat())[1] == {1: (2, ["x\ry", "1"], True), 2: (3, ["z", "2\r"], True)}


def test_one_column_needs_no_delimiter_and_its_blank_lines_are_blank(tmp_path: Path) -> None:
    path = file_of(tmp_path, b'id\n1\n\n""\n3\n\n')
    assert read(path, FileFormat())[1] == {1: (2, ["1"], True), 2: (4, [""], True), 3: (5, ["3"], True)}


def test_delimiters_after_the_last_named_column_are_columns_without_a_name(tmp_path: Path) -> None:
    assert read(file_of(tmp_path, b"a,b,,\n1,2,,\n"), FileFormat())[0] == ["a", "b", "_unnamed_3", "_unnamed_4"]


def test_bytes_that_are_not_text_are_kept_and_shown(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"a,b\n1,caf\xe9\n2,ok\n3,\xff\x00\n")
    batch = next(open_rows(path, "file.csv", FileFormat()).batches())
    assert batch.has_bad_bytes
    assert [show_bad_bytes(cell) for cell in batch.columns["b"].to_pylist()] == ["caf\\xe9", "ok", "\\xff\\x00"]


def test_a_truncated_utf16_file_loses_no_row(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a,b\n1,x\n2,yz".encode("utf-16")[:-1])
    last = read(path, FileFormat(encoding="utf-16"))[1][2]
    assert show_bad_bytes(last[1][1]) == "y\\x7a"


@pytest.mark.parametrize(
    ("content", "options", "code", "expected"),
    [
        (b"", {}, RefusalCode.EMPTY_FILE, "empty"),
        (b"\xef\xbb\xbf", {}, RefusalCode.EMPTY_FILE, "empty"),
        (b"\n \n\n", {}, RefusalCode.EMPTY_FILE, "empty"),
        (b"", {"header": False, "names": ["a"]}, RefusalCode.EMPTY_FILE, "empty"),
        (b"one line\n", {"skip_lines": 3}, RefusalCode.NO_HEADER, "no header"),
        (b",,\n1,2,3\n", {}, RefusalCode.NO_HEADER, "names no column"),
        (b"a,b, a\n1,2,3\n", {}, RefusalCode.DUPLICATE_COLUMN, "more than once: a"),
        (b'a,b\n1,"x\n2,y\n3,z\n', {}, RefusalCode.UNREADABLE, "never closed"),
        (b'a,b\n1,2\n1,"x', {}, RefusalCode.UNREADABLE, "never closed"),
        (b'a,"b\n1,2\n', {}, RefusalCode.UNREADABLE, "never closed"),
        (b"caf\xe9,b\n1,2\n", {}, RefusalCode.UNREADABLE, "not utf-8 text: 'caf\\\\xe9, b'"),
        ("a,b\n".encode("utf-16"), {}, RefusalCode.UNREADABLE, "not utf-8 text"),
        (b"a,b\n1,2\n", {"encoding": "utf-16"}, RefusalCode.UNREADABLE, "not utf-16 text"),
        (b"PK\x03\x04\x14\x00", {"encoding": "cp1252"}, RefusalCode.UNREADABLE, "Excel"),
        (b"\x1f\x8b\x08\x00", {"encoding": "cp1252"}, RefusalCode.UNREADABLE, "gzip"),
        (b"a|b~1|2~", {"row_end": "\r\n", "delimiter": "|"}, None, ""),
    ],
)
def test_a_file_that_contradicts_its_settings_is_refused(
    tmp_path: Path, content: bytes, options: dict[str, Any], code: RefusalCode | None, expected: str
) -> None:
    path = file_of(tmp_path, content)
    if code is None:
        assert read(path, FileFormat(**options))[1] == {}
        return
    refused = refusal(path, FileFormat(**options))
    assert refused.code is code
    assert expected in str(refused)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"a,b\n1," + b"x" * 5000 + b"\n", {}),
        (b"a,b\n1," + b"x" * 5000 + b"\n", {"quote": ""}),
        (b"a," + b"x" * 5000, {}),
        (b"x" * 5000 + b"\na,b\n", {"skip_lines": 1}),
        (b"a;b\r\n1;2\r\n" * 500, {"delimiter": ";", "row_end": "|\n"}),
        (b'a,b\n"' + b"1,2\n" * 1500, {}),
    ],
)
def test_a_record_longer_than_a_block_is_refused(tmp_path: Path, content: bytes, options: dict[str, Any]) -> None:
    with patch.multiple(sizes, CHUNK=512, BLOCK=1024):
        assert refusal(file_of(tmp_path, content), FileFormat(**options)).code is RefusalCode.UNREADABLE


class Piece(bytearray):
    """What Arrow has read, to which there can be weak references."""


def test_nothing_of_a_refused_file_is_left_to_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its threads need Python to free what they have read, and a process that ends meanwhile is aborted."""
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\n1," + b"x" * 20_000_000)
    taken: list[weakref.ref[Piece]] = []

    def noted(text: Text, size: int) -> Piece:
        piece = Piece(original(text, size))
        taken.append(weakref.ref(piece))
        return piece

    original = Text.read
    monkeypatch.setattr(Text, "read", noted)
    for _ in range(10):
        with pytest.raises(RefusedFile):
            list(open_rows(path, path.name, FileFormat()).batches())
        assert taken
        assert all(piece() is None for piece in taken)


def test_arrow_is_waited_for_while_it_still_parses() -> None:
    parsing, over = Event(), Event()

    def hold(_row: pyarrow.csv.InvalidRow) -> str:
        parsing.set()
        over.wait(60)
        return "skip"

    held = Thread(
        target=pyarrow.csv.read_csv,
        args=(pa.BufferReader(b"a\n1,2\n"),),
        kwargs={"parse_options": pyarrow.csv.ParseOptions(invalid_row_handler=hold)},
    )
    waiting = [Thread(target=_wait_for_arrow) for _ in range(5)]
    held.start()
    try:
        assert parsing.wait(60)
        for thread in waiting:
            thread.start()
            thread.join(0.02)
        assert all(thread.is_alive() for thread in waiting)
    finally:
        over.set()
        for thread in (held, *waiting):
            thread.join(60)
    assert not any(thread.is_alive() for thread in waiting)


def test_a_file_with_only_a_header_has_no_records(tmp_path: Path) -> None:
    assert read(file_of(tmp_path, b"a,b"), FileFormat()) == (["a", "b"], {})


def test_an_error_file_without_a_header_is_recognised_by_its_last_cells(tmp_path: Path) -> None:
    file = FileFormat(header=False, names=("id",))
    path = file_of(tmp_path, b'1,17,18,"not_a_date: no"\n')
    assert read(path, file)[0] == ["id", "_row", "_line", "_errors"]
    assert read(file_of(tmp_path, b"1,17,18,x\n"), file) == (["id"], {1: (1, ["1", "17", "18", "x"], False)})


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"# made by hand\nid,b\n1,x\n#2,y\n\n3,z\n", {}),
        (b"id,b\r\n1,x\r\n#\r\n3,z", {}),
        (b"id+|b&|\n1+|x&|\n#+|y&|\n3+|z&|\n", {"delimiter": "+|", "row_end": "&|\n", "ignore_lines": r"^#(\+\|y)?$"}),
        (b"id;b\n1;x\n#\n3;z\n#\n", {"delimiter": ";", "quote": ""}),
        (b"#\n1,x\n# 2\n3,z\n", {"header": False, "names": ["id", "b"]}),
    ],
)
def test_ignored_lines_are_not_records_but_count_as_lines(
    tmp_path: Path, content: bytes, options: dict[str, Any]
) -> None:
    path = file_of(tmp_path, content)
    with patch.multiple(sizes, CHUNK=7):
        columns, records = read(path, FileFormat(**{"ignore_lines": "^#"} | options))
    lines = content.replace(b"&|", b"").splitlines()
    assert columns == ["id", "b"]
    assert {number: (lines[line - 1][:1], cells) for number, (line, cells, _) in records.items()} == {
        1: (b"1", ["1", "x"]),
        2: (b"3", ["3", "z"]),
    }


@pytest.mark.parametrize("chunk", range(1, 24))
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_line_behind_an_escaped_newline_is_not_one_that_is_ignored(tmp_path: Path, newline: str, chunk: int) -> None:
    path = file_of(tmp_path, f"a,b{newline}x\\{newline}#y,1\\\\{newline}#z,2{newline}".encode())
    with patch.multiple(sizes, CHUNK=chunk):
        _, records = read(path, FileFormat(escape="\\", ignore_lines="^#"))
    assert records == {1: (2, [f"x{newline}#y", "1\\"], True)}


def records_in_pieces(path: Path, file: FileFormat) -> Iterator[int]:
    for batch in open_rows(path, "file.csv", file).batches():
        yield len(batch) + len(batch.malformed)


def test_a_long_file_is_read_in_batches(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"a,b\n" + b"1,some text that takes room\n" * 120_000)
    pieces = list(records_in_pieces(path, FileFormat()))
    assert sum(pieces) == 120_000
    assert len(pieces) > 2
