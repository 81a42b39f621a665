"""How delimited text is written."""

import csv
import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.layout.dialect import Dialect, find_dialect

ROWS = [["Nr", "Text", "Preis"], ["1", "Schraube, M4", "1.234,50"], ["2", "Mutter", "0,20"], ["3", "", "7,00"]]


def of(text: str) -> Dialect:
    return find_dialect(text, complete=True)


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^", "~", "+|", "||", "|~|", "::", "¦"])
@pytest.mark.parametrize("row_end", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_found_whatever_ends_the_rows(delimiter: str, row_end: str) -> None:
    found = of(row_end.join(delimiter.join(row) for row in ROWS) + row_end)

    assert found.delimiter.value == delimiter
    assert found.delimiter.confidence is Confidence.SURE
    assert found.row_end == "auto"
    assert list(found.first) == ROWS[0]


@pytest.mark.parametrize("end", ["&|\n", "&|\r\n", ";<br>\n", "<br>\n", "~~\n", "§\n"])
def test_characters_that_end_rows_besides_a_newline_are_found(end: str) -> None:
    found = of(end.join(";".join(row) for row in ROWS) + end)

    assert (found.row_end, found.delimiter.value) == (end, ";")
    assert list(found.first) == ROWS[0]


def test_a_delimiter_after_the_last_cell_is_not_a_row_end() -> None:
    found = of("a|b|c|\n1|2|3|\n4|5|6|\n")

    assert (found.row_end, found.delimiter.value) == ("auto", "|")


def test_a_newline_within_a_quoted_cell_does_not_end_the_row() -> None:
    found = of('a;b\n1;"two\nlines; and more"\n3;4\n')

    assert found.rows == (("1", "two\nlines; and more"), ("3", "4"))


def test_quotes_without_a_meaning_stay_text() -> None:
    rows = "".join(f'{number}\t"open {number}\t5\n' for number in range(20))

    assert of("Nr\tText\tPreis\n" + rows).quote == ""


def test_delimiters_inside_quotes_are_text_however_regular() -> None:
    rows = "".join(f'{number},"Screw, M4","zinc, grey",1.20\n' for number in range(20))

    found = of("Nr,Name,Colour,Price\n" + rows)

    assert (found.delimiter.value, found.quote, list(found.first)) == (",", '"', ["Nr", "Name", "Colour", "Price"])


@pytest.mark.parametrize("surplus", [-2, -1, 1, 2])
def test_a_header_of_another_width_is_the_header_and_no_title(surplus: int) -> None:
    names = ["No", "Name", "Price", "Date", "Rep"]
    row = ";".join(["17", "Pad", "1,20", "31.12.2025", "AB", "1", "2"][: len(names) + surplus])

    found = of("Report of May\n\n" + ";".join(names) + "\n" + f"{row}\n" * 9)

    assert (list(found.first), found.surplus, found.skip_lines) == (names, surplus, 1)


def test_titles_that_are_filled_up_with_delimiters_are_skipped() -> None:
    found = of("Stock list;;;\n;;;\nSKU;Name;Qty;Price\nA-1;Pad;3;1,20\nA-2;Disc;4;7,00\n")

    assert (found.skip_lines, list(found.first)) == (2, ["SKU", "Name", "Qty", "Price"])


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (",No,Date,Price", ["No", "Date", "Price"]),
        ("No,,Date,Price", ["No", "Date", "Price"]),
        ('No,Date,"Price', ["No", "Date", "Price"]),
        ('"No,Date,Price', ["No", "Date", "Price"]),
        ("No Date Price", ["No", "Date", "Price"]),
        ("No;Date;Price", ["No", "Date", "Price"]),
        ('No,Date"Price"', ["No", "DatePrice", "column_3"]),
    ],
)
def test_a_header_that_is_not_written_like_its_rows_is_never_thrown_away(header: str, names: list[str]) -> None:
    found = of(f"{header}\n" + '17,31.12.2025,"1,20"\n' * 12)

    assert (found.delimiter.value, found.quote, found.skip_lines) == (",", '"', 0)
    assert (list(found.table.names), found.table.lines_of_first, len(found.rows)) == (names, 1, 12)
    assert found.table.problem


def test_a_header_of_two_lines_joins_groups_and_names() -> None:
    found = of("Date,Purpose,Travel,,Total\n,,Air,Rail,\n" + "31.12.2025,Visit,,£7.00,£7.00\n" * 5)

    assert found.table.names == ("Date", "Purpose", "Travel Air", "Travel Rail", "Total")
    assert (found.skip_lines, found.table.lines_of_first) == (0, 2)


def test_a_first_row_that_fills_cells_without_a_name_is_no_header() -> None:
    assert of("Name,,Qty\nPad,red,5\n" + "Disc,blue,7\n" * 5).table.names == ()


def test_two_tables_in_one_file_do_not_hide_the_delimiter() -> None:
    rows = "".join(f"{number},a,b,1.5\n" for number in range(30)) + "".join(f"{number},a,b\n" for number in range(29))

    assert of(f"No,Name,Colour,Price\n{rows}").delimiter.value == ","


def test_a_blank_is_the_delimiter_where_quoted_cells_show_it() -> None:
    rows = "".join(f'{number} "a pad" "red, blue" 1.20\n' for number in range(20))

    assert (of(f"No Name Colour Price\n{rows}").delimiter.value) == " "


@pytest.mark.parametrize("delimiter", [", ", "; "])
def test_a_blank_behind_every_delimiter_belongs_to_it_where_quotes_follow(delimiter: str) -> None:
    rows = [delimiter.join([str(number), '"Screw, M4; zinc"', "1.20"]) for number in range(20)]

    assert of("\n".join([delimiter.join(["No", "Name", "Price"]), *rows])).delimiter.value == delimiter


def test_a_blank_behind_every_delimiter_is_left_out_where_no_quotes_follow() -> None:
    assert of("No, Name, Price\n" + "1, Pad, 2\n" * 9).delimiter.value == ","


def test_quotes_behind_a_backslash_are_text() -> None:
    found = of("No,Name,Price\n" + r'1,"Tube 3\" of 2\", zinc",1.20' + '\n2,"Pad, red",1.30\n' * 9)

    assert (found.quote, found.escape, found.rows[0]) == ('"', "\\", ("1", 'Tube 3" of 2", zinc', "1.20"))


def test_a_backslash_at_the_end_of_a_quoted_cell_is_text() -> None:
    assert of("No,Folder,Size\n" + '1,"C:\\a, b\\",5\n' * 9).escape == ""


def test_one_row_with_a_quote_too_many_does_not_make_quotes_text() -> None:
    good = "".join(f'{number},"Screw, M4",1.20\n' for number in range(30))

    found = of(f'No,Name,Price\n{good}31,"Tube 3" of, zinc",1.20\n')

    assert (found.quote, len(found.first)) == ('"', 3)


def test_one_quote_that_is_never_closed_is_not_taken_for_text() -> None:
    rows = "".join(f"{number},Pad,1.20\n" for number in range(30))

    assert of(f'No,Name,Price\n{rows}31,"Disc,7.00\n{rows}').quote == '"'


def test_single_quotes_are_found() -> None:
    rows = "".join(f"'{number}';'Text; mehr';'5,00'\n" for number in range(20))

    assert of("'Nr';'Text';'Preis'\n" + rows).quote == "'"


@pytest.mark.parametrize("begin", ["# made on Monday\n", "Report\nof all;items\n", "Kunden\n\n", "\n\nTitel\n"])
def test_lines_before_the_header_are_skipped(begin: str) -> None:
    found = of(begin + "\n".join(";".join(row) for row in ROWS))

    assert found.skip_lines == begin.rstrip("\n").count("\n") + 1
    assert list(found.first) == ROWS[0]


def test_the_sep_line_of_excel_determines_the_delimiter() -> None:
    found = of("sep=|\na|b\n1|2\n")

    assert (found.delimiter.value, found.skip_lines, found.first) == ("|", 1, ("a", "b"))


def test_a_single_column_has_a_delimiter_that_does_not_occur_in_it() -> None:
    found = of("sku\nA,1\nB;2\n")

    assert found.delimiter.value not in ",;"
    assert found.delimiter.confidence is Confidence.GUESS


cells = st.text(st.characters(codec="cp1253", exclude_categories=["Cc"], exclude_characters='";|\t'), max_size=8)


@given(
    rows=st.integers(3, 6).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=8)),
    delimiter=st.sampled_from([";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_table_is_read_back_with_the_same_number_of_columns(
    rows: list[list[str]], delimiter: str, quoting: Literal[0, 1]
) -> None:
    text = io.StringIO()
    width = len(rows[0])
    header = [f"column {number}" for number in range(width)]
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows([header, *rows])

    found = of(text.getvalue())

    assert (found.delimiter.value, list(found.first)) == (delimiter, header)
