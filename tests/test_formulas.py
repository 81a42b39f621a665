"""Cells that a spreadsheet would run as a formula are escaped, and nothing else is."""

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.formulas import escape, unescape, unescape_cell


@given(st.lists(st.text() | st.text("'=+-@\t\r1,.＝", max_size=6)))
def test_escaping_loses_nothing(cells: list[str]) -> None:
    escaped = pa.array([escape(cell) for cell in cells], pa.string())
    assert unescape(escaped).to_pylist() == cells
    assert [unescape_cell(cell) for cell in escaped.to_pylist()] == cells


@given(st.text("'=+-@\t\r\n1,.＝a", max_size=6) | st.text())
def test_no_escaped_cell_begins_like_a_formula_but_for_plain_numbers(cell: str) -> None:
    escaped = escape(cell)
    assert escaped[:1] not in {*"=+-@\t\r\n＝＋－＠"} or re.fullmatch(r"[+-][\d.,]+", escaped)


@pytest.mark.parametrize("cell", ["-5,00", "+5", "-1.234,50", "-.5", "00123", "", "a=b", "'quoted'", "2025-01-31"])
def test_numbers_and_plain_text_are_not_escaped(cell: str) -> None:
    assert escape(cell) == cell


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "-1-1", "+30 210 1", "-", "\t=1", "'=1", "-5,00 "])
def test_what_a_spreadsheet_could_run_gets_an_apostrophe(cell: str) -> None:
    assert escape(cell) == f"'{cell}"
