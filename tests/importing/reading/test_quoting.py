"""A row is good only where its quotes leave no doubt about its cells; otherwise it is malformed."""

import csv
import io
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from time import process_time
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.reading.read_back import ReadBack, read_back, refusal
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusedFile, RowCode
from wiseparts_pipeline.importing.reading import open_rows, sizes


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(text: str, **file: Any) -> ReadBack:
        path = tmp_path / "file.csv"
        path.write_bytes(text.encode())
        return read_back(path, **file)

    return read


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('1,"Hose" 1/2', "Behind the quote that closes the cell '\"Hose\" 1/2' there is more text"),
        ('"1,"M4, zinc"', "more text"),
        ('"1"x,2', "more text"),
        ('""1,2', "more text"),
        ('1,"Hose 1/2\\" brass"', "set file.escape: '\\'"),
        ('1,"said \\"no\\", yes"', "set file.escape"),
        ('1, "a"', "A blank is before the quote"),
        ('1, "a, b"', "set file.delimiter to ', '"),
        ('1,Hose brass"', "may open or close a cell"),
        ('1,Hose "brass', "may open or close a cell"),
        ('1,a""b', "may open or close a cell"),
    ],
)
def test_a_row_with_a_quote_out_of_place_is_malformed(read: Any, row: str, problem: str) -> None:
    found = read(f'a,b\n0,"x"\n{row}\n2,"y, z"\n')

    assert found.rows == {1: ["0", "x"], 3: ["2", "y, z"]}
    assert problem in found.problems[2]
    assert found.lines == {1: 2, 2: 3, 3: 4}


@pytest.mark.parametrize(
    "cell",
    ['1/2" pipe', 'Pipe 1/2"', '½"', 'a 3"x4" b', 'the "good" one', '="00123"', 'Rock"n"Roll', 'E"(1 Hz)', 'x 24 " y'],
)
def test_a_quote_that_cannot_open_or_close_a_cell_is_text(read: Any, cell: str) -> None:
    assert read(f'a,b,c\n{cell},"x",{cell}\n').cells == [[cell, "x", cell]]


def test_blanks_behind_a_closing_quote_are_no_text(read: Any) -> None:
    assert read('a,b\n"1" ,"x, y"  \n').cells == [["1 ", "x, y  "]]


def test_an_apostrophe_is_text_where_it_is_the_quote(read: Any) -> None:
    assert read("a,b\nMen's,'x, y'\nKids' socks,z\n", quote="'").cells == [["Men's", "x, y"], ["Kids' socks", "z"]]


def test_a_malformed_row_is_in_no_cell_of_a_column(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('a,b\n1,"Hose" 1/2\n')
    (batch,) = open_rows(path, "file.csv", FileFormat()).batches()
    (row,) = batch.malformed

    assert row.code is RowCode.QUOTING
    assert row.cells == ["", "", '1,"Hose" 1/2']


def test_an_escape_character_makes_what_is_behind_it_text(read: Any) -> None:
    text = 'a,b\n1,"Hose 1/2\\" brass"\n2,"said \\"no\\", yes"\n3,x\\,y\n4,"C:\\\\temp"\n5,\\N\n6,"x\\\ny"\n7,"a""b"\n'

    found = read(text, escape="\\")

    texts = ['Hose 1/2" brass', 'said "no", yes', "x,y", "C:\\temp", "\\N", "x\ny", 'a"b']
    assert found.column("b") == texts
    assert found.lines[7] == 9


def test_an_open_quote_is_told_with_its_line_and_the_beginning_of_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    rows = [f"{number},x" for number in range(2, 41)]
    rows[16] = '18,"Alpha, Athens'
    path.write_text("\n".join(["a,b", *rows]))

    assert "in line 18 is never closed" in str(refusal(path))
    assert "begins with '\"Alpha, Athens'" in str(refusal(path))


def test_a_quote_at_the_very_end_costs_its_own_row_only(read: Any) -> None:
    found = read('a,b\r\n1,x\r\n2,"\r\n')

    assert found.rows == {1: ["1", "x"]}
    assert "nothing follows" in found.problems[2]


@pytest.mark.parametrize("row_end", ["\n", "\r\n"])
def test_a_cell_that_has_taken_in_rows_is_malformed(read: Any, row_end: str) -> None:
    lines = ["a,b,c,d", "1,2,3,4", '5,"x,7,8', "9,10,11,12", '13,14,15",16', "17,18,19,20"]

    found = read(row_end.join(lines))

    assert list(found.rows) == [1, 3]
    assert "over 3 lines, which look like rows" in found.problems[2]
    assert found.lines[3] == 6


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "rows",
    [
        ['1,"Hose,5', '2,Pipe",6'],
        ['1,S1,"Hose,d,1', '2,S2,Pipe",d,1'],
        ['1,S1,"Hose,d,1', "2,S2,a,d,1", '3,S3,Pipe",d,1'],
        ['1,S1,a,b,c,d,"e', '2,S2,a,b,c,d,e"'],
    ],
)
def test_one_row_that_was_taken_in_is_enough_in_a_narrow_file(read: Any, rows: list[str], delimiter: str) -> None:
    header = ",".join("abcdefg"[: rows[1].count(",") + 1])
    text = "\n".join([header, *rows, rows[1].replace('"', "")]).replace(",", delimiter)

    found = read(text, delimiter=delimiter)

    assert list(found.rows) == [2]
    assert "which look like rows" in found.problems[1]


def test_an_address_of_several_lines_is_a_cell(read: Any) -> None:
    address = "12 Main St, Apt 4\nAthens, GR\nGreece"
    assert read(f'a,b,c\n1,"{address}",2\n3,"{address}",4\n').cells == [["1", address, "2"], ["3", address, "4"]]


def test_a_header_with_a_quote_out_of_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('"a"x,b\n1,2\n')
    assert "The header cannot be read. Behind the quote" in str(refusal(path))


CELLS = st.lists(st.sampled_from(["a", "7", " ", ",", '"', "'", "\n", "é", "1/2", "\\", ", ", "x y"]), max_size=5).map(
    "".join
)


def strict_rows(text: str) -> list[list[str]]:
    """What lines that follow each other are by RFC 4180, where they are one row by it."""
    lines = text.splitlines(keepends=True)
    rows = []
    for first, last in combinations(range(len(lines) + 1), 2):
        with suppress(csv.Error):
            rows.append(list(csv.reader(lines[first:last], strict=True)))
    return [row for found in rows if len(found) == 1 for row in found]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    at=st.integers(0, 400),
    insert=st.booleans(),
    chunk=st.integers(2, 40),
)
def test_a_lost_or_an_added_quote_never_makes_other_cells_than_a_strict_reader_has(
    table: list[list[str]], quoting: Any, at: int, insert: bool, chunk: int, read: Any
) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=quoting, lineterminator="\n").writerows([["h 1", "h 2", "h 3"], *table])
    text = written.getvalue()
    start = text.index("\n") + 1
    quotes = [position for position in range(start, len(text)) if text[position] == '"']
    if insert:
        place = start + at % (len(text) - start + 1)
        text = text[:place] + '"' + text[place:]
    elif quotes:
        place = quotes[at % len(quotes)]
        text = text[:place] + text[place + 1 :]

    with patch.multiple(sizes, CHUNK=chunk, BLOCK=2000), suppress(RefusedFile):
        found = read(text)
        plain = strict_rows(text)
        for row in found.cells:
            # By RFC 4180 no unquoted cell has a quote; for its readers it is text.
            assert row in table or row in plain or any('"' in cell for cell in row)


@pytest.mark.parametrize(
    ("content", "file", "malformed"),
    [
        ('x"y",1\n' * 40_000, {}, 40_000),
        ('1,"x"y\n' * 40_000, {}, 40_000),
        ('x"y",' * 60_000 + "\n", {}, 1),
        ('x "y" z"' * 40_000 + ",1\n", {}, 1),
        ("\\\n" * 150_000 + "1,2\n", {"escape": "\\"}, 0),
        ("\ufeff" * 100_000 + "1,2\n", {}, 0),
    ],
    ids=["opened", "closed", "one line", "one cell", "escaped newlines", "marks"],
)
def test_work_grows_with_the_length_of_what_cannot_be_read(
    tmp_path: Path, content: str, file: dict[str, Any], malformed: int
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"a,b\n{content}")
    begun = process_time()
    found = list(open_rows(path, path.name, FileFormat(**file)).batches())
    assert process_time() - begun < 10
    assert sum(len(batch.malformed) for batch in found) == malformed
