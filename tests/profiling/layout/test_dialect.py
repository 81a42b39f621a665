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
