"""Columns of fixed widths, counted in characters."""

from pathlib import Path

import pytest

from tests.importing.reading.read_back import read_back, refusal
from wiseparts_pipeline.importing.faults import RefusalCode


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.txt"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1253", "utf-16", "utf-8-sig"])
def test_widths_count_characters_whatever_the_encoding(path: Path, encoding: str) -> None:
    path.write_bytes("0001Ωμέγα       12\r\n0002  Άλφα       7\r\n".encode(encoding))
    found = read_back(
        path, format="fixed", widths=[4, 10, 4], names=["id", "name", "qty"], header=False, encoding=encoding
    )
    assert found.cells == [["0001", "Ωμέγα", "12"], ["0002", "Άλφα", "7"]]


def test_a_header_line_is_cut_by_the_same_widths(path: Path) -> None:
    path.write_text(" ID   NAME QTY\n0001  Omega 12\n", encoding="utf-8")
    found = read_back(path, format="fixed", widths=[4, 7, 3])
    assert found.columns == ["ID", "NAME", "QTY"]
    assert found.cells == [["0001", "Omega", "12"]]


def test_a_line_may_end_early_and_a_longer_one_is_malformed_unless_the_rest_is_blank(path: Path) -> None:
    path.write_text("a   b   \n1   x\n2\n3   y   surplus\n4   z          \n", encoding="utf-8")
    found = read_back(path, format="fixed", widths=[4, 4])
    assert found.rows == {1: ["1", "x"], 2: ["2", ""], 4: ["4", "z"]}
    assert found.problems == {3: "The line has 15 characters, its columns have 8; what follows is not blank."}


def test_blank_lines_are_not_records_but_count_as_lines(path: Path) -> None:
    path.write_text("report\n\na b \n1 2 \n\n    \n3 4 \n", encoding="utf-8")
    found = read_back(path, format="fixed", widths=[2, 2], skip_lines=1)
    assert found.rows == {1: ["1", "2"], 2: ["3", "4"]}
    assert found.lines == {1: 4, 2: 7}


def test_ignored_lines_are_not_records_but_count_as_lines(path: Path) -> None:
    path.write_text("a b \n1 2 \n----\n3 4 \n", encoding="utf-8")
    found = read_back(path, format="fixed", widths=[2, 2], ignore_lines="^-+$")
    assert found.rows == {1: ["1", "2"], 2: ["3", "4"]}
    assert found.lines == {1: 2, 2: 4}


def test_row_ends_and_bad_bytes_are_handled_as_in_delimited_text(path: Path) -> None:
    path.write_bytes(b"1 \xff |\r\n2 a\r|\r\n")
    found = read_back(path, format="fixed", widths=[2, 2], names=["a", "b"], header=False, row_end="|\r\n")
    assert found.has_bad_bytes
    assert [row[0] for row in found.cells] == ["1", "2"]


def test_an_empty_file_is_refused(path: Path) -> None:
    path.write_bytes(b"")
    assert refusal(path, format="fixed", widths=[2]).code is RefusalCode.EMPTY_FILE
