"""The error file: the rejected rows as they came, ready to be corrected and sent again as they are."""

import csv as python_csv
import io
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deferring import defer
from tests.importing.drop import Drop, counts
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.formulas import unescape
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.importing.reading import open_rows
from wiseparts_pipeline.importing.rejects import first_rejected
from wiseparts_pipeline.warehouse import Connection, Warehouse

QUOTES = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
COLUMNS = ["quote_id", "line_no", "status", "lost_reason"]
DIALECTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "cp1253": {"encoding": "cp1253", "delimiter": ";", "decimal": ",", "thousands": "."},
    "utf-16": {"encoding": "utf-16", "delimiter": "\t"},
    "with a BOM": {"encoding": "utf-8-sig"},
    "no header": {"header": False, "names": COLUMNS},
    "skipped lines": {"skip_lines": 2},
    "no header, skipped lines": {"header": False, "names": COLUMNS, "skip_lines": 1, "delimiter": "|"},
    "long delimiters": {"delimiter": "+|", "row_end": "&|\n"},
    "long delimiters, no header": {"delimiter": "+|", "row_end": "&|\n", "header": False, "names": COLUMNS},
    "windows": {"row_end": "\r\n", "quote": "'"},
    "without quotes": {"quote": "", "delimiter": "|"},
    "without quotes, long delimiters": {"quote": "", "delimiter": "~~", "row_end": "##"},
}


def quotes_in(drop: Drop, **file: Any) -> Drop:
    return drop.of("quotes", columns=QUOTES, file=file, reject_limit_percent=100)


def written(drop: Drop, rows: list[list[str]]) -> str:
    """A file in the importer's dialect."""
    file = drop.importer.file
    end = "\n" if file.row_end == "auto" else file.row_end

    def cell(text: str) -> str:
        quote = file.quote
        return f"{quote}{text.replace(quote, quote * 2)}{quote}" if quote else text

    lines = ["# exported"] * file.skip_lines + [
        file.delimiter.join(map(cell, row)) for row in ([COLUMNS] if file.header else []) + rows
    ]
    return "".join(line + end for line in lines)


def error_file(drop: Drop, name: str = "a.csv.errors.csv") -> str:
    return (drop.folder / "errors" / name).read_bytes().decode(drop.importer.file.encoding)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_corrected_error_file_is_imported_as_it_is(drop: Drop, dialect: str) -> None:
    quotes = quotes_in(drop, **DIALECTS[dialect])
    note = "άλφα" if quotes.importer.file.quote == "" else "άλφα, \"b\" 'c'\nd; | ~"
    rows = [["A", "1", "won", note], ["A", "x", "lost", note], ["B", "1", "bad", note], ["C", "1", "open", ""]]
    first = quotes.imported("a.csv", written(quotes, rows))
    assert counts(first) == {"read": 4, "created": 2, "rejected": 2}

    text = error_file(quotes)
    assert quotes.imported("again.csv", text).file.rows_rejected == 2
    assert error_file(quotes, "again.csv.errors.csv").count("not_in_set") == 1

    # The error file of an error file works as well.
    corrected = error_file(quotes, "again.csv.errors.csv").replace("bad", "won").replace("x", "2", 1)
    last = quotes.imported("corrected.csv", corrected)
    assert counts(last) == {"read": 2, "created": 2}
    assert quotes.stored("quote_id", "line_no", "lost_reason") == [
        ("A", 1, note),
        ("A", 2, note),
        ("B", 1, note),
        ("C", 1, None),
    ]


def test_an_error_file_has_the_original_columns_the_row_and_line_and_the_reasons(drop: Drop) -> None:
    quotes = quotes_in(drop)
    quotes.imported("a.csv", 'quote_id,line_no,status,more\nA,1,won,x\n\nB,y,bad,"a\nb"\nC,1,won\nD,1,won,x,"1,5",z\n')
    header, *rows = list(python_csv.reader(io.StringIO(error_file(quotes))))
    assert header == ["quote_id", "line_no", "status", "more", "_row", "_line", "_errors"]
    assert [row[:6] for row in rows] == [
        ["B", "y", "bad", "a\nb", "2", "4"],
        ["C", "1", "won", "", "3", "6"],
        ["D", "1", "won", "x", "4", "7"],
    ]
    problems = rows[0][6].split(" | ")
    assert [problem.split(":")[0] for problem in problems] == ["not_a_number", "not_in_set"]
    assert rows[2][6].startswith("column_count: The row has 6 cells")
    assert "more cells: ['1,5', 'z']" in rows[2][6]


def test_bytes_that_are_not_text_are_written_back_as_they_came(drop: Drop) -> None:
    quotes = quotes_in(drop)
    quotes.imported("a.csv", b"quote_id,line_no,status,lost_reason\nA,1,won,caf\xe9\xff, \x00\n".replace(b", ", b""))
    content = (quotes.folder / "errors" / "a.csv.errors.csv").read_bytes()
    assert b"A,1,won,caf\xe9\xff\x00,1,2," in content
    assert b"bad_encoding: lost_reason: 'caf\\\\xe9\\\\xff\\\\x00' has bytes that are not utf-8 text" in content


def test_a_nul_in_utf_16_stays_two_bytes(drop: Drop) -> None:
    quotes = quotes_in(drop, encoding="utf-16")
    quotes.imported("a.csv", "quote_id,line_no,status,lost_reason\nA,1,won,x\0y\nB,bad,won,z\n")
    assert "x\0y,1,2," in error_file(quotes)
    assert "B,bad,won,z,2,3," in error_file(quotes)


def test_a_fault_that_only_the_database_finds_is_reported_with_the_row_as_it_came(drop: Drop) -> None:
    quotes = quotes_in(drop)
    rows = [f"Q{number},1,won,{number}" for number in range(60_000)]
    result = quotes.imported(
        "a.csv", "\n".join(["quote_id,line_no,status,note", *rows, "Q7,1,lost,again", "Q59999,1,bad,x"])
    )
    assert counts(result) == {"read": 60_002, "created": 59_999, "rejected": 3}
    assert quotes.rejects("row_number", "line_number", "key", "code", "raw") == [
        (8, 9, "Q7/1", "duplicate_in_file", {"quote_id": "Q7", "line_no": "1", "status": "won", "note": "7"}),
        (
            60001,
            60002,
            "Q7/1",
            "duplicate_in_file",
            {"quote_id": "Q7", "line_no": "1", "status": "lost", "note": "again"},
        ),
        (60002, 60003, "Q59999/1", "not_in_set", {"quote_id": "Q59999", "line_no": "1", "status": "bad", "note": "x"}),
    ]


def test_a_file_without_faults_has_no_error_file(drop: Drop) -> None:
    quotes = quotes_in(drop)
    quotes.imported("a.csv", "quote_id,line_no,status\nA,1,won\n")
    assert not (quotes.folder / "errors").exists()


def test_the_error_file_of_a_repeated_name_gets_the_id_of_its_import(drop: Drop) -> None:
    quotes = quotes_in(drop)
    quotes.imported("a.csv", "quote_id,line_no,status\nA,1,bad\n")
    second = quotes.imported("a.csv", "quote_id,line_no,status\nB,1,bad\n")
    assert quotes.names("errors") == [f"a.{second.file.file_id}.csv.errors.csv", "a.csv.errors.csv"]


def test_a_row_whose_key_is_too_long_for_an_index_is_rejected_alone(drop: Drop) -> None:
    quotes = quotes_in(drop)
    key = "".join(chr(0x4E00 + number % 5000) for number in range(4000))
    result = quotes.imported("a.csv", f"quote_id,line_no,status\n{key},1,won\n{key},1,bad\nA,1,won\n")
    assert counts(result) == {"read": 3, "created": 1, "rejected": 2}
    assert set(quotes.rejects("row_number", "code")) == {(1, "too_long"), (2, "too_long"), (2, "not_in_set")}


def rejected(connection: Connection, rows: Sequence[dict[str, str]]) -> int:
    """A file with these rows, each with one fault; its id."""
    new = connection.execute("select coalesce(max(file_id), 0) + 1 from ops.rejected_rows").fetchone()
    assert new is not None
    connection.cursor().executemany(
        """
        insert into ops.rejected_entries (file_id, row_number, line_number, entity, code, message, value, raw)
        values (%s, %s, %s, 'quotes', 'bad_format', 'It is wrong.', 'x', %s)
        """,
        [(new[0], number, number + 1, json.dumps(row)) for number, row in enumerate(rows, 1)],
    )
    return int(new[0])


def records(path: Path, file: FileFormat) -> list[dict[str, str]]:
    return [
        dict(zip(batch.columns, cells, strict=True))
        for batch in open_rows(path, "file.csv", file).batches()
        for cells in zip(*(array.to_pylist() for array in batch.columns.values()), strict=True)
    ]


@cache
def cells_of(dialect: str) -> st.SearchStrategy[str]:
    """Text that a file of the dialect can hold: of its encoding, and without what cannot be quoted in it."""
    file = FileFormat.model_validate(DIALECTS[dialect])
    codec = "utf-8" if file.encoding.startswith("utf") else file.encoding
    # Hypothesis prefers the edges of its alphabet: the characters of dialects are added explicitly.
    special = f"\"'\t,;|~+#&=-@\r\n {file.delimiter}{file.row_end if file.row_end != 'auto' else ''}άλφα"
    letters = st.characters(codec=codec, exclude_categories=["Co"], exclude_characters="\0\ufeff")
    text = st.text(letters | st.sampled_from(special), max_size=12)
    if file.quote:
        return text
    end = "\n" if file.row_end == "auto" else file.row_end
    # A cell may not end with the beginning of the delimiter or row end either.
    breaks = "[" + re.escape("".join({*file.delimiter, *end, "\r", "\n"})) + "]"
    return text.map(lambda cell: re.sub(breaks, "_", cell))


@pytest.mark.parametrize("for_people", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_error_file_is_read_back_cell_for_cell(
    warehouse: Warehouse, tmp_path: Path, dialect: str, for_people: bool
) -> None:
    file = FileFormat.model_validate(DIALECTS[dialect])
    row = st.tuples(*[cells_of(dialect)] * len(COLUMNS)).map(lambda cells: dict(zip(COLUMNS, cells, strict=True)))

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(row, min_size=1, max_size=5))
    def is_read_back(rows: list[dict[str, str]]) -> None:
        file_id = rejected(connection, rows)
        path = tmp_path / "errors.csv"
        assert write_error_file(connection, file_id, path, file, for_people=for_people) == len(rows)
        names = [*COLUMNS, "_row", "_line", "_errors", *(["_escaped"] if for_people else [])]
        read = records(path, file if file.header else file.model_copy(update={"names": names}))
        columns = {name: [record[name] for record in read] for name in [*COLUMNS, "_row", "_line"]}
        if for_people:
            columns |= {name: unescape(pa.array(columns[name], pa.string())).to_pylist() for name in COLUMNS}
        assert columns == {name: [row[name] for row in rows] for name in COLUMNS} | {
            "_row": [str(number) for number in range(1, len(rows) + 1)],
            "_line": [str(number + 1) for number in range(1, len(rows) + 1)],
        }

    with warehouse.connect() as connection:
        is_read_back()


def test_a_file_for_people_is_marked_as_escaped_and_the_one_on_the_server_is_as_it_came(drop: Drop) -> None:
    quotes = quotes_in(drop)
    result = quotes.imported("a.csv", "quote_id,line_no,status,=x\n=1+1,1,bad,-5\n")
    assert error_file(quotes).startswith("quote_id,line_no,status,=x,_row,_line,_errors\n=1+1,1,bad,-5,1,2,")
    path = quotes.root / "people.csv"
    with quotes.warehouse.connect() as connection:
        write_error_file(connection, result.file.file_id, path, quotes.importer.file, for_people=True)
    header, row = path.read_text().splitlines()
    assert header == "quote_id,line_no,status,'=x,_row,_line,_errors,_escaped"
    assert row.startswith("'=1+1,1,bad,-5,1,2,")
    assert row.endswith(",yes")


def test_a_file_for_people_comes_back_with_the_cells_of_the_original(drop: Drop) -> None:
    quotes = quotes_in(drop)
    result = quotes.imported("a.csv", "quote_id,line_no,status,lost_reason\n=1+1,1,bad,'-x\n@B,1,bad,-5\n")
    path = quotes.folder / "a.csv.errors.csv"
    with quotes.warehouse.connect() as connection:
        write_error_file(connection, result.file.file_id, path, quotes.importer.file, for_people=True)
    path.write_text(path.read_text().replace("bad", "won", 1))
    (again,) = quotes.run().files
    assert counts(again) == {"read": 2, "created": 1, "rejected": 1}
    assert quotes.stored("quote_id", "lost_reason") == [("=1+1", "'-x")]
    # What is still wrong is reported as it came at first.
    assert '\n@B,1,bad,-5,2,3,"not_in_set' in error_file(quotes, "a.csv.errors.csv.errors.csv")


def test_only_rejected_rows_are_in_an_error_file(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    with warehouse.connect() as connection:
        file_id = rejected(connection, [{"quote_id": "A"}, {"quote_id": "B"}, {"quote_id": "C"}])
        defer(connection, file_id, 1)
        connection.execute(
            "update ops.rejected_entries set status = 'resolved' where file_id = %s and row_number = 3", [file_id]
        )
        assert write_error_file(connection, file_id, path, FileFormat()) == 1
        assert [record["quote_id"] for record in records(path, FileFormat())] == ["B"]
        assert [row.row_number for row in first_rejected(connection, file_id, 50)] == [1, 2]


def test_an_error_file_can_be_cut_at_a_size(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    with warehouse.connect() as connection:
        file_id = rejected(connection, [{"quote_id": f"Q{number:04}"} for number in range(100)])
        count = write_error_file(connection, file_id, path, FileFormat(), max_bytes=1000)
        assert path.stat().st_size <= 1000
        assert [record["quote_id"] for record in records(path, FileFormat())] == [f"Q{n:04}" for n in range(count)]
        assert 10 < count < 100
