"""The error file: the rejected rows as they came, ready to be corrected and sent again as they are."""

import csv as python_csv
import io
from typing import Any

import pytest

from tests.importing.drop import Drop, counts

QUOTES = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
COLUMNS = ["quote_id", "line_no", "status", "lost_reason"]
DIALECTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "cp1253": {"encoding": "cp1253", "delimiter": ";"},
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
    assert quotes.imported("again.csv", text).file["rows_rejected"] == 2
    assert error_file(quotes, "again.csv.errors.csv").count("not_in_set") == 1

    # The error file of an error file is as good.
    corrected = error_file(quotes, "again.csv.errors.csv").replace("bad", "won").replace("x", "2", 1)
    last = quotes.imported("mended.csv", corrected)
    assert counts(last) == {"read": 2, "created": 2}
    assert quotes.stored("quote_id", "line_no", "lost_reason") == [
        ("A", 1, note),
        ("A", 2, note),
        ("B", 1, note),
        ("C", 1, None),
    ]


def test_an_error_file_has_the_original_columns_the_place_and_the_reasons(drop: Drop) -> None:
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


def test_bytes_that_are_no_text_are_written_back_as_they_came(drop: Drop) -> None:
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


def test_what_only_the_database_can_tell_is_reported_with_the_row_as_it_came(drop: Drop) -> None:
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


def test_the_error_file_of_a_name_that_came_before_gets_the_number_of_its_import(drop: Drop) -> None:
    quotes = quotes_in(drop)
    quotes.imported("a.csv", "quote_id,line_no,status\nA,1,bad\n")
    second = quotes.imported("a.csv", "quote_id,line_no,status\nB,1,bad\n")
    assert quotes.names("errors") == [f"a.{second.file['file_id']}.csv.errors.csv", "a.csv.errors.csv"]


def test_a_row_whose_key_is_too_long_for_an_index_is_rejected_alone(drop: Drop) -> None:
    quotes = quotes_in(drop)
    key = "".join(chr(0x4E00 + number % 5000) for number in range(4000))
    result = quotes.imported("a.csv", f"quote_id,line_no,status\n{key},1,won\n{key},1,bad\nA,1,won\n")
    assert counts(result) == {"read": 3, "created": 1, "rejected": 2}
    assert set(quotes.rejects("row_number", "code")) == {(1, "too_long"), (2, "too_long"), (2, "not_in_set")}
