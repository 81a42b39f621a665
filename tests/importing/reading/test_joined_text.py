"""Files that were saved or joined by other programs: byte order marks, headers that come again, surplus delimiters."""

import codecs
import unicodedata
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importing.reading.read_back import read_back, refusal
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading import encode_bad_bytes, open_rows, show_invisible, sizes
from wiseparts_pipeline.importing.reading.formats.wrong_encoding import Utf8Watch


def file_of(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["cp1252", "cp1253", "iso-8859-7", "utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_byte_order_mark_of_utf8_decides_over_the_setting(tmp_path: Path, encoding: str) -> None:
    path = file_of(tmp_path, "\ufeffa,b\n1,Müller Αλφα\n")
    assert read_back(path, encoding=encoding).column("b") == ["Müller Αλφα"]


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_decides_between_wide_encodings(tmp_path: Path, written: str, encoding: str) -> None:
    path = file_of(tmp_path, "\ufeffa,b\n1,Ω\n".encode(written))
    found = read_back(path, encoding=encoding)
    assert (found.columns, found.cells) == (["a", "b"], [["1", "Ω"]])


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_wide_file_in_an_encoding_of_single_bytes_is_refused(tmp_path: Path, written: str) -> None:
    path = file_of(tmp_path, "\ufeffa,b\n1,Ω\n".encode(written))
    assert f"byte order mark of {written[:6]}" in str(refusal(path, encoding="cp1252"))


def test_a_utf8_file_appended_to_one_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a,b\n1,ü\n".encode("cp1252") + "\ufeff2,ü\n".encode())
    assert "Files of different encodings were joined" in str(refusal(path, encoding="cp1252"))


@pytest.mark.parametrize("text", ["Müller", "Καφές", "Ж", "a“b”"])
@pytest.mark.parametrize("encoding", ["cp1252", "cp1253", "iso-8859-1", "iso-8859-7", "cp1251", "cp737", "cp850"])
@pytest.mark.parametrize("rows", [1, 30])
def test_a_utf8_file_without_a_mark_is_not_read_in_an_encoding_of_single_bytes(
    tmp_path: Path, text: str, encoding: str, rows: int
) -> None:
    path = file_of(tmp_path, "a,b\n" + f"1,{text}\n" * rows)
    assert f"in which '1,{text}' would become" in str(refusal(path, encoding=encoding))
    with patch.multiple(sizes, CHUNK=7):
        assert "Set file.encoding to utf-8" in str(refusal(path, encoding=encoding))


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", "Ã¼ÿ"), ("cp1253", "Άλφα"), ("iso-8859-1", "é"), ("cp1252", "x"), ("utf-8", "ü")]
)
def test_a_file_that_is_in_its_encoding_is_read_in_it(tmp_path: Path, encoding: str, text: str) -> None:
    path = file_of(tmp_path, f"a,b\n1,{text}\n".encode(encoding))
    assert read_back(path, encoding=encoding).column("b") == [text]


@given(text=st.text(st.characters(codec="cp1253", min_codepoint=0x370), min_size=2))
def test_greek_in_its_encoding_is_never_taken_for_utf8(text: str) -> None:
    """Of two letters in a row, not both are in UTF-8, unless the second has an accent and is a capital."""
    watch = Utf8Watch("cp1253")
    watch.feed(f"{text} ΑΒ".encode("cp1253"))
    watch.feed(b"")


@pytest.mark.parametrize(("encoding", "written"), [("iso-8859-1", b"\x80"), ("iso-8859-7", b"\x93")])
def test_control_characters_that_are_letters_in_another_encoding_are_bad_bytes(
    tmp_path: Path, encoding: str, written: bytes
) -> None:
    path = file_of(tmp_path, b"a,b\n1,5 " + written + b"\n")
    with patch.multiple(sizes, CHUNK=9):
        found = read_back(path, encoding=encoding)
    assert found.has_bad_bytes
    (cell,) = found.column("b")
    assert encode_bad_bytes(cell, codecs.getincrementalencoder(encoding)()) == b"5 " + written


def test_the_end_of_file_of_dos_is_no_row(tmp_path: Path) -> None:
    with patch.multiple(sizes, CHUNK=1):
        assert read_back(file_of(tmp_path, "a,b\n1,x\x1ay\n\x1a")).cells == [["1", "x\x1ay"]]


def test_a_file_that_was_converted_to_utf8_twice_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, "\ufeffa,b\n1,ü\n".encode().decode("cp1252").encode())
    assert "converted to UTF-8 twice" in str(refusal(path))


def test_marks_that_were_added_to_each_other_are_no_part_of_a_name(tmp_path: Path) -> None:
    found = read_back(file_of(tmp_path, "\ufeff\ufeffa,b\n\ufeff\ufeff\ufeff1,x\n"))
    assert (found.columns, found.cells) == (["a", "b"], [["1", "x"]])


@pytest.mark.parametrize("row_end", ["\n", "\r\n", "\r"])
def test_joined_files_have_no_marks_and_one_header(tmp_path: Path, row_end: str) -> None:
    part = "\ufeffid,name" + row_end
    path = file_of(tmp_path, part + f"1,a{row_end}" + part + f"2,b{row_end}\ufeff3,c{row_end}")

    batches = list(open_rows(path, "file.csv", FileFormat()).batches())

    assert [text for batch in batches for text in batch.columns["id"].to_pylist()] == ["1", "2", "3"]
    assert sum(batch.repeated_headers for batch in batches) == 1


def test_named_columns_may_come_again_as_a_header(tmp_path: Path) -> None:
    path = file_of(tmp_path, "1,a\nid,name\n2,b\n")
    assert read_back(path, header=False, names=["id", "name"]).cells == [["1", "a"], ["2", "b"]]


def test_columns_that_come_again_in_another_order_refuse_the_file(tmp_path: Path) -> None:
    path = file_of(tmp_path, "id,name\n1,a\nname,id\nb,2\n")
    assert "Line 3 names the columns again, in another order" in str(refusal(path))


def test_accents_in_column_names_are_composed(tmp_path: Path) -> None:
    path = file_of(tmp_path, unicodedata.normalize("NFD", "Währung,Stückzahl\nEUR,2\n"))
    assert read_back(path).columns == ["Währung", "Stückzahl"]


SURPLUS: list[tuple[str, list[list[str]]]] = [
    ("1,2,3,\n4,,6,\n7,8,9,\n", [["1", "2", "3"], ["4", "", "6"], ["7", "8", "9"]]),
    ("1,2,3,,\n4,,,,\n7,8,9,,\n", [["1", "2", "3"], ["4", "", ""], ["7", "8", "9"]]),
    ("1,2,3\n4,5,6,\n7,8,9\n", [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]),
    ("1,2,3\n4,,6,\n", [["1", "2", "3"], ["4", "", "6"]]),
    ("1,2,\n4,5,,\n", [["1", "2", ""], ["4", "5", ""]]),
    ("1,2,3,\n4,5,6,\n7,8,9\n", [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]),
    ("1,2,3\n,,\n;\n\n,,,,\n4,5,6\n", [["1", "2", "3"], ["4", "5", "6"]]),
]


@pytest.mark.parametrize(("rows", "expected"), SURPLUS)
def test_empty_cells_beyond_the_last_column_and_empty_rows_are_nothing(
    tmp_path: Path, rows: str, expected: list[list[str]]
) -> None:
    assert read_back(file_of(tmp_path, "a,b,c\n" + rows)).cells == expected


def test_empty_rows_have_no_number_and_count_as_lines(tmp_path: Path) -> None:
    found = read_back(file_of(tmp_path, "a,b\n1,2\n,\n , \n\n3,4\n,,,\n5,6\n"))
    assert found.lines == {1: 2, 2: 6, 3: 8}


@pytest.mark.parametrize(
    "row",
    [
        "4,,5,",  # without the last cell, which is always empty, this is 4 and 5 shifted by an empty cell
        "Screw, M4,5,",  # a delimiter in a text
        "4,5,,x",
        "4,5,6,7",
    ],
)
def test_a_row_that_may_be_shifted_is_malformed(tmp_path: Path, row: str) -> None:
    found = read_back(file_of(tmp_path, f"a,b,c\n1,2,\n{row}\n3,4,\n"))
    assert (list(found.rows), list(found.problems)) == ([1, 3], [2])


def test_a_cell_beyond_the_last_column_is_malformed_where_rows_end_with_a_delimiter(tmp_path: Path) -> None:
    found = read_back(file_of(tmp_path, "a,b\n" + "1,2,\n" * 12 + "3,4,x\n5,6,\n"))
    assert (len(found.rows), list(found.problems)) == (13, [13])


def test_a_file_whose_rows_all_differ_from_the_header_alike_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a,b\n" + "1,2,3\n" * 12)
    assert str(refusal(path)).startswith("All 12 rows have 3 cells, and there are 2 columns.")


def test_characters_that_cannot_be_seen_are_named() -> None:
    assert show_invisible("A\u200b1 x\u00a0é") == "A<U+200B zero width space>1 x<U+00A0 no-break space>é"


@pytest.mark.parametrize(
    "name", ["Credit\u00a0Limit", "\u200bCredit Limit\u200e", "Cre\u00addit\u202fLimit", "\ufeff Credit Limit"]
)
def test_names_of_columns_that_look_the_same_are_the_same(tmp_path: Path, name: str) -> None:
    assert read_back(file_of(tmp_path, f"id,{name}\n1,x\n")).columns == ["id", "Credit Limit"]
