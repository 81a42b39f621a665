"""Columns of fixed widths, counted in characters."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.reading.read_back import read_back, refusal
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile


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


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8", "Ωμέγα"), ("utf-8", "Müller"), ("cp932", "部品"), ("gb18030", "部品")]
)
def test_widths_may_count_bytes(path: Path, encoding: str, name: str) -> None:
    lines = [("0001", name, "12"), ("0002", "Alpha", "7"), ("0003", "", "")]
    cells = [
        [cell.encode(encoding).ljust(width) for cell, width in zip(line, (4, 12, 4), strict=True)] for line in lines
    ]
    path.write_bytes(b"".join(b"".join(line) + b"\n" for line in cells))
    file: dict[str, Any] = {
        "format": "fixed",
        "widths": [4, 12, 4],
        "names": ["id", "name", "qty"],
        "header": False,
        "encoding": encoding,
    }

    assert [tuple(row) for row in read_back(path, **file, widths_in="bytes").cells] == lines
    assert "Set file.widths_in: bytes" in str(refusal(path, **file))


@given(
    lines=st.lists(
        st.tuples(st.text("abcé", max_size=4), st.text("xyzΩμέγα ", min_size=1, max_size=10), st.integers(0, 9999)),
        min_size=1,
        max_size=9,
    ),
    stripped=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_of_right_aligned_numbers_are_never_shifted(
    path: Path, lines: list[tuple[str, str, int]], stripped: bool
) -> None:
    """Whichever way the sender counts, cells are right or the file is refused."""
    file: dict[str, Any] = {"format": "fixed", "widths": [4, 20, 6], "names": ["id", "name", "qty"], "header": False}
    expected = [[id_.strip(), name.strip(), str(number)] for id_, name, number in lines]
    in_characters = [f"{id_:4}{name:20}{number:6}" for id_, name, number in lines]
    path.write_text("".join(f"{line.rstrip() if stripped else line}\n" for line in in_characters), encoding="utf-8")
    assert read_back(path, **file).cells == expected

    in_bytes = [id_.encode().ljust(8) + name.encode().ljust(20) + b"%6d" % number for id_, name, number in lines]
    path.write_bytes(b"".join(line + b"\n" for line in in_bytes))
    file["widths"] = [8, 20, 6]
    assert read_back(path, **file, widths_in="bytes").cells == expected
    assert cells_or_refused(path, file) in (expected, "widths_in")


def cells_or_refused(path: Path, file: dict[str, Any]) -> list[list[str]] | str:
    try:
        return read_back(path, **file).cells
    except RefusedFile as refused:
        return "widths_in" if "widths_in" in str(refused) else str(refused)


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
