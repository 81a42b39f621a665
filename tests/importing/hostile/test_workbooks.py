"""Workbooks made to do harm: numbers of rows and columns that there are not, parts and texts that fill the memory."""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from tests.importing.hostile.limited import read_with_limits
from tests.importing.reading.read_back import read_back, refusal
from tests.importing.reading.xlsx.written import cell, sheet, styles, text, workbook
from wiseparts_pipeline.importing.faults import RefusalCode

HEADER = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
SHARED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def cells(rows: str) -> str:
    return f"<worksheet><sheetData>{rows}</sheetData></worksheet>"


def with_part(path: Path, name: str, content: Iterator[bytes], *, kind: str = "") -> Path:
    """Adds a part to a workbook; `kind`: what the workbook refers to it as."""
    with ZipFile(path) as whole:
        parts = {each: whole.read(each) for each in whole.namelist() if each != name}
    if kind:
        relations = "xl/_rels/workbook.xml.rels"
        relation = f'<Relationship Id="x" Type="{kind}" Target="{name.removeprefix("xl/")}"/></Relationships>'
        parts[relations] = parts[relations].replace(b"</Relationships>", relation.encode())
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for each, data in parts.items():
            archive.writestr(each, data)
        with archive.open(name, "w") as member:
            for piece in content:
                member.write(piece)
    return path


@pytest.mark.parametrize(
    "number", ["2000000000", "1048577", "-1", "1e9", "9" * 5000, "99999999999999999999", "1_0", ""]
)
@pytest.mark.parametrize("written", ["", " "])
def test_a_row_that_no_sheet_has_is_refused(path: Path, number: str, written: str) -> None:
    """As it is usually written, and as only an XML parser reads it."""
    rows = f'{HEADER}<row r="{number}"{written}><c{written} r="A2"><v>1</v></c></row>'
    refused = refusal(workbook(path, cells(rows)), format="xlsx")
    assert refused.code is RefusalCode.UNREADABLE
    assert len(str(refused)) < 300


@pytest.mark.parametrize("letters", ["XFE", "ZZZ", "AAAA", "A" * 100_000, "", "Ä", "a"])
@pytest.mark.parametrize("written", ["", " "])
def test_a_column_that_no_sheet_has_is_refused(path: Path, letters: str, written: str) -> None:
    rows = f'{HEADER}<row r="2"><c{written} r="{letters}2"><v>1</v></c></row>'
    assert refusal(workbook(path, cells(rows)), format="xlsx").code is RefusalCode.UNREADABLE


def test_more_cells_without_a_reference_than_a_row_has_are_refused(path: Path) -> None:
    rows = f"{HEADER}<row>{'<c/>' * 16_385}</row>"
    assert refusal(workbook(path, cells(rows)), format="xlsx").code is RefusalCode.UNREADABLE


def test_the_last_row_and_column_that_a_sheet_has_are_read(path: Path) -> None:
    rows = f'{HEADER}<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>'
    found = read_back(workbook(path, cells(rows)), format="xlsx")
    assert (found.cells, found.lines) == ([["1", ""]], {1: 1_048_576})


@pytest.mark.parametrize("index", ["1", "-1", "4294967296", "9" * 30, "x", "0.5"])
def test_a_shared_text_that_is_not_there_is_refused(path: Path, index: str) -> None:
    workbook(path, cells(f'{HEADER}<row r="2"><c r="A2" t="s"><v>{index}</v></c></row>'))
    with_part(path, "xl/sharedStrings.xml", iter([b"<sst><si><t>x</t></si></sst>"]), kind=SHARED)
    assert refusal(path, format="xlsx").code is RefusalCode.UNREADABLE


@pytest.mark.parametrize("style", ["7", "-1"])
def test_a_style_that_is_not_there_is_none(path: Path, style: str) -> None:
    workbook(path, cells(f'{HEADER}<row r="2"><c r="A2" s="{style}"><v>5</v></c></row>'), formats=[14])
    assert read_back(path, format="xlsx").cells == [["5", ""]]


def test_a_range_that_the_sheet_states_falsely_is_not_believed(path: Path) -> None:
    rows = cells(f'{HEADER}<row r="2"><c r="A2"><v>1</v></c></row>')
    stated = rows.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>').replace(
        "</worksheet>", '<mergeCells count="9"><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    )
    assert read_back(workbook(path, stated), format="xlsx").cells == [["1", ""]]


def test_elements_nested_without_end_are_refused(path: Path) -> None:
    deep = "<x>" * 200_000
    workbook(path, cells(f"{HEADER}<row r='2'><c r='A2'>{deep}</c></row>"))
    assert "nested" in str(refusal(path, format="xlsx"))
    workbook(path, cells(HEADER), other_parts={"xl/workbook.xml": f"<workbook>{deep}</workbook>"})
    assert "nested" in str(refusal(path, format="xlsx"))


def test_two_sheets_that_are_the_same_part_are_refused(path: Path) -> None:
    listed = "".join(f'<sheet name="s{number}" sheetId="1" r:id="rId1"/>' for number in range(3))
    namespace = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    book = f"<workbook {namespace}><sheets>{listed}</sheets></workbook>"
    assert "same part" in str(
        refusal(workbook(path, cells(HEADER), other_parts={"xl/workbook.xml": book}), format="xlsx")
    )


def test_formats_that_excel_would_not_take_are_left_out(path: Path) -> None:
    long = styles("[" * 1_000_000)
    workbook(path, sheet([text("a")], [cell("5", style=1)]), other_parts={"xl/styles.xml": long})
    assert read_back(path, format="xlsx").cells == [["5"]]


@pytest.mark.parametrize(("megabytes", "code"), [(95, "archive_limit"), (30, "unreadable")])
def test_a_cell_of_very_many_megabytes_is_refused(path: Path, megabytes: int, code: str) -> None:
    workbook(path, cells(HEADER))
    begin = f'<worksheet><sheetData>{HEADER}<row r="2"><c r="A2" t="inlineStr"><is><t>'.encode()
    end = b"</t></is></c></row></sheetData></worksheet>"
    with_part(path, "xl/worksheets/sheet1.xml", iter([begin, *[b"x" * (1 << 20)] * megabytes, end]))
    taken = read_with_limits(path, format="xlsx")
    assert (taken.code, taken.rows) == (code, 0)


@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "xl/other.xml"])
@pytest.mark.parametrize(
    "piece",
    ["<si><t>ab</t></si>", "<si/>", "<si><t>" + "é" * 1000 + "\U0001f600</t></si>"],
    ids=["short", "empty", "long"],
)
def test_shared_texts_take_bounded_memory_whatever_their_part_is_called(path: Path, name: str, piece: str) -> None:
    workbook(path, cells(f'{HEADER}<row r="2"><c r="A2" t="s"><v>0</v></c></row>'))
    count = 25 * (1 << 20) // len(piece.encode())
    content = (piece.encode() * (count // 100) for _ in range(100))
    with_part(path, name, (each for part in ([b"<sst>"], content, [b"</sst>"]) for each in part), kind=SHARED)
    assert read_with_limits(path, format="xlsx").rows == ("empty" not in piece and piece != "<si/>")


def test_one_text_that_very_many_cells_share_is_refused(path: Path) -> None:
    """37,000 cells of one megabyte each, from a hundred kilobytes."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 37_000))
    workbook(path, cells(HEADER + rows))
    with_part(path, "xl/sharedStrings.xml", iter([b"<sst><si><t>", b"x" * 1_000_000, b"</t></si></sst>"]), kind=SHARED)
    assert read_with_limits(path, format="xlsx").code == "archive_limit"


def test_long_texts_that_cells_share_are_read_in_small_batches(path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c><c r="B{n}"><v>{n}</v></c></row>' for n in range(2, 80))
    workbook(path, cells(HEADER + rows))
    with_part(path, "xl/sharedStrings.xml", iter([b"<sst><si><t>", b"x" * 1_000_000, b"</t></si></sst>"]), kind=SHARED)
    found = read_back(path, format="xlsx")
    assert found.column("b") == [str(number) for number in range(2, 80)]
    assert {len(each) for each in found.column("a")} == {1_000_000}


def test_very_many_styles_and_formats_take_bounded_time_and_memory(path: Path) -> None:
    many = 60_000
    codes = "".join(
        f'<numFmt numFmtId="{n}" formatCode={quoteattr(chr(34) + str(n) + chr(34) + "00")}/>'
        for n in range(200, many + 200)
    )
    used = "".join(f'<xf numFmtId="{n}"/>' for n in range(200, many + 200))
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="{n}"><v>{n}</v></c></row>' for n in range(2, many))
    workbook(
        path,
        cells(HEADER + rows),
        other_parts={"xl/styles.xml": f"<styleSheet><numFmts>{codes}</numFmts><cellXfs>{used}</cellXfs></styleSheet>"},
    )
    assert read_with_limits(path, format="xlsx").rows == many - 2


def test_a_styles_part_of_millions_of_elements_takes_bounded_memory(path: Path) -> None:
    workbook(path, cells(f'{HEADER}<row r="2"><c r="A2"><v>1</v></c></row>'))
    content = (b"<xf/>" * (1 << 14) for _ in range(100))
    parts = ([b"<styleSheet><cellStyleXfs>"], content, [b"</cellStyleXfs></styleSheet>"])
    with_part(path, "xl/styles.xml", (each for part in parts for each in part))
    assert read_with_limits(path, format="xlsx").rows == 1
