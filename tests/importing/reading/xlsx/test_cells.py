"""What the text of a cell is: its value as the reader of the sheet takes it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.reading.read_back import read_back, refusal
from tests.importing.reading.xlsx.written import STRICT, cell, sheet, text, workbook
from wiseparts_pipeline.importing.faults import RefusalCode


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def text_of(path: Path, value: str, format_: int | str = 0, **attributes: bool) -> str:
    workbook(path, sheet([text("a")], [cell(value, style=1)], [text("x")]), formats=[format_], **attributes)  # type: ignore[arg-type]
    return read_back(path, format="xlsx").column("a")[0]


@pytest.mark.parametrize(
    ("value", "format_", "expected"),
    [
        ("0.12", 9, "12%"),
        ("0.12", 10, "12%"),
        ("0.1234", "0%", "12.34%"),
        ("7.0000000000000007E-2", "0.0%", "7%"),
        ("-0.05", "0%;[Red]-0%", "-5%"),
        ("0.12", '0.00"%"', "0.12"),
        ("0.12", r"0.00\%", "0.12"),
    ],
)
def test_a_percentage_is_what_is_shown(path: Path, value: str, format_: int | str, expected: str) -> None:
    assert text_of(path, value, format_) == expected


@pytest.mark.parametrize(
    ("value", "format_", "expected"),
    [
        ("123", "00000", "00123"),
        ("1234567", "00000", "1234567"),
        ("123.5", "00000", "123.5"),
        ("-7", "000", "-007"),
        ("123456789", "000-00-0000", "123-45-6789"),
        ("1234567890", "000-00-0000", "1234-56-7890"),
        ("12", '"A-"0000', "A-0012"),
        ("12", r"\A\-0000", "A-0012"),
        ("12", '0" pcs"', "12"),
        ("12", "0.00", "12"),
        ("1234", "#,##0", "1234"),
    ],
)
def test_a_number_shown_with_leading_zeros_is_a_code(path: Path, value: str, format_: str, expected: str) -> None:
    assert text_of(path, value, format_) == expected


@pytest.mark.parametrize(
    ("value", "format_", "expected"),
    [
        ("46037", 14, "2026-01-15"),
        ("46037", "dd/mm/yyyy", "2026-01-15"),
        ("46037", "[$-407]d. mmmm yyyy;@", "2026-01-15"),
        ("46037", '"Tag" d', "2026-01-15"),
        ("46037", "mmm", "2026-01-15"),
        ("46037.4375", 22, "2026-01-15 10:30:00"),
        ("46037.437500005", "yyyy-mm-dd hh:mm", "2026-01-15 10:30:00"),
        ("46037.4375", "h:mm", "2026-01-15 10:30:00"),
        ("46037.999999999", "yyyy-mm-dd hh:mm", "2026-01-16"),
        ("0.4375", 20, "10:30:00"),
        ("0.4375", "h:mm AM/PM", "10:30:00"),
        ("0.00001", 47, "00:00:00.864"),
        ("1.25", 46, "30:00:00"),
        ("1.25", "[hh]:mm", "30:00:00"),
        ("0.5", "[mm]:ss", "12:00:00"),
        ("59", 14, "1900-02-28"),
        ("61", 14, "1900-03-01"),
        ("46037", "General", "46037"),
        ("46037", '0 "days"', "46037"),
        ("46037", "[Red]0", "46037"),
        ("5", "0.0E+00", "5"),
    ],
)
def test_days_and_times_are_told_by_the_format(path: Path, value: str, format_: int | str, expected: str) -> None:
    assert text_of(path, value, format_) == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [("60", "1900-02-29"), ("0", "1900-01-00"), ("-1", "-1"), ("2958466", "2958466")],
)
def test_a_day_that_there_was_not_is_no_date(path: Path, value: str, shown: str) -> None:
    assert text_of(path, value, 14) == shown


@pytest.mark.parametrize(
    ("value", "expected"), [("44575", "2026-01-15"), ("0", "1904-01-01"), ("44575.75", "2026-01-15 18:00:00")]
)
def test_days_are_counted_from_1904_where_the_workbook_says_so(path: Path, value: str, expected: str) -> None:
    assert text_of(path, value, 14, has_1904_dates=True) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.30000000000000004", "0.3"),
        ("12.50", "12.5"),
        ("1.2E-2", "0.012"),
        ("1E3", "1000"),
        ("-0", "0"),
        ("999999999999999", "999999999999999"),
        ("1234567890123450", "1.23456789012345E+15"),
        ("1.2345678901234501E+18", "1.23456789012345E+18"),
        ("NaN", "NaN"),
    ],
)
def test_a_number_has_the_digits_that_excel_keeps(path: Path, value: str, expected: str) -> None:
    assert text_of(path, value) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (cell("1", "b"), "true"),
        (cell("0", "b"), "false"),
        (cell("#N/A", "e"), "#N/A"),
        (cell("#NEW_ONE!", "e"), "#UNKNOWN!"),
        (cell("#N/A", "str"), "#N/A"),
        (cell("2026-01-15T00:00:00", "d"), "2026-01-15"),
        (cell("2026-01-15T10:30:00", "d"), "2026-01-15 10:30:00"),
        ("><f>A1+1</f><v>2</v></c>", "2"),
        (' t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        (' t="str"><f>""</f><v></v></c>', ""),
        (' t="str"><f>""</f></c>', ""),
        ('><f t="shared" si="0"/><v>7</v></c>', "7"),
        ("><f>A1*2</f></c>", "#NOT_CALCULATED!"),
        ("><f>A1*2</f><v></v></c>", "#NOT_CALCULATED!"),
        ("><f>A1*2</f><v/></c>", "#NOT_CALCULATED!"),
        (' s="1"><f t="shared" si="0"/><v></v></c>', "#NOT_CALCULATED!"),
        (' t="str"><f>A1</f><v></v></c>', ""),
        (text("a &amp; <b>"), "a &amp; <b>"),
        (text("line_x000D_\nend"), "line\r\nend"),
        (text("_x005F_x000D_"), "_x000D_"),
        (' t="inlineStr"><is><r><t>one </t></r><r><rPr><b/></rPr><t>two</t></r></is></c>', "one two"),
        (' t="inlineStr"><is><t>読み</t><rPh sb="0" eb="1"><t>ヨミ</t></rPh></is></c>', "読み"),
        ("><v><![CDATA[5]]></v></c>", "5"),
        (' cm="1"><v>5</v></c>', "5"),
        ("/>", ""),
    ],
)
def test_cells_of_all_types(path: Path, written: str, expected: str) -> None:
    workbook(path, sheet([text("a"), text("b")], [written, text("x")]))
    assert read_back(path, format="xlsx").column("a") == [expected]


def test_numbers_take_the_decimal_sign_of_the_settings_and_dates_do_not(path: Path) -> None:
    rows = [cell("1.5"), cell("0.125", style=1), cell("0.00001", style=2), cell("1234567.125E-1")]
    workbook(path, sheet([text(name) for name in "abcd"], rows), formats=[10, 47])
    assert read_back(path, format="xlsx", decimal=",").cells == [["1,5", "12,5%", "00:00:00.864", "123456,7125"]]


def test_styles_that_are_missing_or_broken_do_not_make_a_workbook_unreadable(path: Path) -> None:
    for content in (None, "<styleSheet><cellXfs><xf", "<styleSheet/>", '<styleSheet><cellXfs><xf numFmtId="x"/>'):
        rows = sheet([text("a")], [cell("0.12", style=3)])
        workbook(path, rows, other_parts={"xl/styles.xml": content})
        assert read_back(path, format="xlsx").cells == [["0.12"]]


def test_a_workbook_saved_as_strict_open_xml_is_read(path: Path) -> None:
    rows = sheet([text("a"), text("b")], [cell("46037", style=1), cell("2026-01-15", "d")], namespace=STRICT)
    workbook(path, rows, formats=[14], namespace=STRICT)
    assert read_back(path, format="xlsx").cells == [["2026-01-15", "2026-01-15"]]


values = st.one_of(
    st.none(),
    st.tuples(st.just("n"), st.floats(allow_nan=False, allow_infinity=False).map(repr)),
    st.tuples(st.just("n"), st.integers(-(10**6), 10**6).map(str)),
    st.tuples(st.just("b"), st.sampled_from("01")),
    st.tuples(st.just("e"), st.sampled_from(["#N/A", "#REF!", "#DIV/0!"])),
    st.tuples(st.just("str"), st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(values, min_size=3, max_size=3), min_size=1, max_size=8), style=st.integers(0, 4))
def test_it_does_not_matter_how_the_xml_is_written(
    path: Path, rows: list[list[tuple[str, str] | None]], style: int
) -> None:
    """The usual way, which is split by a pattern, against one that only an XML parser understands."""
    cells = [["" if value is None else cell(value[1], value[0], style) for value in row] for row in rows]
    usual = sheet([text(name) for name in "abc"], *cells)
    formats: list[int | str] = [9, 14, "00000", 46]
    expected = read_back(workbook(path, usual, formats=formats), format="xlsx")
    unusual = (
        usual.replace("<c r=", "<!-- - --><c\n x='1' r=")
        .replace("<v>", "<v ><![CDATA[]]>")
        .replace("</row>", " </row >")
    )
    prefixed = unusual
    for name in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
        for before, after in ((f"<{name} ", f"<x:{name} "), (f"<{name}>", f"<x:{name}>"), (f"</{name}", f"</x:{name}")):
            prefixed = prefixed.replace(before, after)
    prefixed = prefixed.replace("<c\n", "<x:c\n").replace("xmlns=", "xmlns:x=")
    for written in (unusual, prefixed, '<?xml version="1.0" encoding="UTF-16"?>' + prefixed):
        content = written.encode("utf-16" if "UTF-16" in written else "utf-8")
        workbook(path, "", formats=formats, other_parts={"xl/worksheets/sheet1.xml": content})
        assert read_back(path, format="xlsx") == expected


def test_cells_and_rows_need_no_references(path: Path) -> None:
    rows = "<row><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row><row/><row><c/><c><v>2</v></c></row>"
    workbook(path, f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    found = read_back(path, format="xlsx")
    assert (found.cells, found.lines) == ([["", "2"]], {1: 3})


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="AAAA1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="z"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
    ],
)
def test_a_sheet_that_excel_would_not_open_is_refused(path: Path, rows: str) -> None:
    workbook(path, f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    refused = refusal(path, format="xlsx", header=False, names=["a", "b"])
    assert refused.code is RefusalCode.UNREADABLE
    assert "broken" in str(refused)


def test_entities_that_a_part_defines_are_refused(path: Path) -> None:
    rows = sheet([text("a")], [text("&big;")]).replace("&amp;big;", "&big;")
    workbook(path, f'<!DOCTYPE x [<!ENTITY big "{"x" * 1000}">]>{rows}')
    assert "document type" in str(refusal(path, format="xlsx"))
