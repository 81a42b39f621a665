"""A sheet of an Excel file: typed cells become the text that conversion reads exactly."""

import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.importing.reading.read_back import read_back, refusal
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RefusalCode
from wiseparts_pipeline.importing.validation.conversion import convert


def workbook(path: Path, *rows: Sequence[Any], **other_sheets: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    for title, cells in other_sheets.items():
        sheet = book.create_sheet(title)
        for row in cells:
            sheet.append(list(row))
    book.save(path)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00123", "00123"),
        ("1E5", "1E5"),
        (12.1, "12.1"),
        (0.1 + 0.2, "0.3"),
        (12.100000000000001, "12.1"),
        (12.0, "12"),
        (-5, "-5"),
        (123456789012345, "123456789012345"),
        (0.0000001, "0.0000001"),
        (1e21, "1E+21"),
        (True, "true"),
        (False, "false"),
        (date(2025, 1, 31), "2025-01-31"),
        (datetime(2025, 1, 31, 10, 20, 30), "2025-01-31 10:20:30"),
        (time(10, 30), "10:30:00"),
        (timedelta(hours=30, minutes=5), "30:05:00"),
        (None, ""),
    ],
)
def test_a_cell_is_the_text_of_its_value(path: Path, value: Any, text: str) -> None:
    assert read_back(workbook(path, ["id", "value"], ["1", value]), format="xlsx").cells == [["1", text]]


def test_numbers_and_booleans_are_written_as_the_importer_reads_them(path: Path) -> None:
    workbook(path, ["a", "b"], [1234.5, True])
    assert read_back(path, format="xlsx", decimal=",", thousands=".", true_values=["Ja"]).cells == [["1234,5", "Ja"]]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numbers=st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=1, max_size=20),
    decimal=st.sampled_from([".", ","]),
)
def test_amounts_are_read_exactly(path: Path, numbers: list[Decimal], decimal: str) -> None:
    workbook(path, ["amount"], *([float(number)] for number in numbers))
    file = FileFormat(format="xlsx", decimal=decimal)
    cells = read_back(path, **file.model_dump()).column("amount")
    assert convert(pa.array(cells), Type.MONEY, file, (), "UTC").values.to_pylist() == numbers


@pytest.mark.parametrize("formats", [("%d/%m/%Y",), ("%Y%m%d", "%d.%m.%y")])
def test_a_typed_date_is_read_whatever_the_date_formats_are(path: Path, formats: tuple[str, ...]) -> None:
    workbook(path, ["day"], [date(2025, 3, 4)], [date(2025, 3, 4).strftime(formats[0])])
    file = FileFormat(format="xlsx", date_formats=formats)
    cells = pa.array(read_back(path, format="xlsx").column("day"))
    for named, own in ((file, ()), (FileFormat(format="xlsx"), formats)):
        converted = convert(cells, Type.DATE, named, own, "UTC")
        assert converted.values.to_pylist() == [date(2025, 3, 4)] * 2


def test_rows_are_counted_after_the_header_and_lines_are_those_of_the_sheet(path: Path) -> None:
    workbook(path, ["Report of today"], [], ["a", "b"], [1, 2], [], [None, "  "], [3, 4])
    found = read_back(path, format="xlsx", skip_lines=1)
    assert found.columns == ["a", "b"]
    assert found.rows == {1: ["1", "2"], 2: ["3", "4"]}
    assert found.lines == {1: 4, 2: 7}


def test_the_first_visible_sheet_is_read_unless_one_is_named(path: Path) -> None:
    book = Workbook()
    book.create_sheet("Shown").append(["shown"])
    book.create_sheet("Other").append(["other"])
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    assert read_back(path, format="xlsx").columns == ["shown"]
    assert read_back(path, format="xlsx", sheet="Other").columns == ["other"]
    refused = refusal(path, format="xlsx", sheet="Sales")
    assert refused.code is RefusalCode.UNREADABLE
    assert "has no sheet 'Sales'. It has: Sheet, Shown, Other" in str(refused)


def test_columns_may_be_named_by_the_settings(path: Path) -> None:
    workbook(path, [1, "x"], [2, "y", "more"], [3])
    found = read_back(path, format="xlsx", header=False, names=["id", "name"])
    assert found.rows == {1: ["1", "x"], 3: ["3", ""]}
    assert found.problems == {2: "The row has 3 cells, `names` has 2 columns."}


def test_notes_beside_the_table_are_not_columns(path: Path) -> None:
    workbook(path, ["a", None, "b", None], ["1", "x", "2", None, "checked by Eva"], ["3"])
    found = read_back(path, format="xlsx")
    assert found.columns == ["a", "_unnamed_2", "b"]
    assert found.cells == [["1", "x", "2"], ["3", "", ""]]


def test_rows_beyond_the_range_that_the_sheet_states_are_read(path: Path) -> None:
    workbook(path, ["a", "b"], [1, 2], [3, 4])
    wrong = io.BytesIO()
    with ZipFile(path) as right, ZipFile(wrong, "w") as archive:
        for name in right.namelist():
            archive.writestr(name, right.read(name).replace(b'ref="A1:B3"', b'ref="A1"'))
    path.write_bytes(wrong.getvalue())
    assert read_back(path, format="xlsx").cells == [["1", "2"], ["3", "4"]]


def zip_of(**members: bytes) -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "expected"),
    [
        (b"", RefusalCode.EMPTY_FILE, "empty"),
        (b"a;b\n1;2\n", RefusalCode.UNREADABLE, "not an Excel (xlsx) file. Save it as an Excel workbook (.xlsx)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, RefusalCode.UNREADABLE, "the old kind (xls) or with a password"),
        (b"PK\x03\x04 cut off", RefusalCode.UNREADABLE, "broken"),
        (zip_of(hello=b"world"), RefusalCode.UNREADABLE, "save it again"),
    ],
)
def test_a_file_that_is_not_a_workbook_is_refused(path: Path, content: bytes, code: RefusalCode, expected: str) -> None:
    path.write_bytes(content)
    refused = refusal(path, format="xlsx")
    assert refused.code is code
    assert expected in str(refused)


def test_a_sheet_without_cells_is_refused_and_one_with_only_a_header_has_no_rows(path: Path) -> None:
    assert refusal(workbook(path), format="xlsx").code is RefusalCode.EMPTY_FILE
    assert read_back(workbook(path, ["a"]), format="xlsx").cells == []


def test_a_damaged_sheet_is_refused(path: Path) -> None:
    workbook(path, ["a"], *([number] for number in range(100)))
    with ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    path.write_bytes(zip_of(**parts | {"xl/worksheets/sheet1.xml": sheet[: len(sheet) // 2]}))
    assert refusal(path, format="xlsx").code is RefusalCode.UNREADABLE


def test_a_workbook_that_unpacks_to_too_much_is_refused(path: Path) -> None:
    workbook(path, ["a"], ["x"])
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bmp", bytes(2 << 20))
    assert refusal(path, format="xlsx", max_unpacked_mb=1).code is RefusalCode.ARCHIVE_LIMIT


def with_shared_texts(path: Path, content: bytes) -> Path:
    """The workbook with texts that cells share, as Excel writes them; a cell "text 1" refers to the second of them."""
    with ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = re.sub(rb't="inlineStr"><is><t>text (\d+)</t></is>', rb't="s"><v>\1</v>', sheet)
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="t" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/sharedStrings"/></Relationships>',
    )
    path.write_bytes(zip_of(**parts | {"xl/sharedStrings.xml": content}))
    return path


def test_texts_that_cells_share_are_read_with_all_their_runs_and_without_how_to_pronounce_them(path: Path) -> None:
    workbook(path, ["a", "b"], ["text 0", "text 1"], ["text 2", "text 0"])
    texts = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>one_x000D_two</t></si>'
        b'<si><r><t>bold</t></r><r><t xml:space="preserve"> and not</t></r></si>'
        b"<si><t>\xe6\x9d\xb1\xe4\xba\xac</t><rPh><t>TOKYO</t></rPh></si></sst>"
    )

    found = read_back(with_shared_texts(path, texts), format="xlsx")

    assert found.cells == [["one\rtwo", "bold and not"], ["\u6771\u4eac", "one\rtwo"]]


def test_texts_that_would_not_fit_into_memory_are_refused(path: Path) -> None:
    workbook(path, ["a"], ["text 0"])
    refused = refusal(with_shared_texts(path, b" " * (65 << 20)), format="xlsx")
    assert refused.code is RefusalCode.ARCHIVE_LIMIT
    assert "Send it as CSV" in str(refused)
