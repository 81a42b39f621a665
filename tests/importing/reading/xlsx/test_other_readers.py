"""The cells of a workbook are those that openpyxl and python-calamine read, as far as these tell."""

import math
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from tests.importing.reading.read_back import read_back
from tests.real.harness import DATA
from wiseparts_pipeline.importing.reading.spreadsheet_errors import ERRORS

WORKBOOKS = sorted([*DATA.rglob("*.xlsx"), *DATA.parent.glob("cases/*/input/**/*.xlsx")])
# Excel keeps no other times, and none of the first days of 1900.
moments = st.datetimes(datetime(1900, 3, 2), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e12, 1e12).map(lambda number: float(format(number, ".15g"))),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=15).filter(lambda text: text[:1] != "="),
    st.sampled_from(["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]),
    moments,
    moments.map(datetime.date),
    moments.map(datetime.time),
    st.integers(24 * 3600, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
)


def as_text(value: Any) -> str:
    """A value of the other readers as the text that it is here."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return format(value, ".15g") if not value.is_integer() else str(int(value))
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def same(ours: str, theirs: Any, *, tells_errors: bool) -> bool:
    if ours in ERRORS and not tells_errors:
        return theirs in ("", ours)
    if isinstance(theirs, float) and not isinstance(theirs, bool):
        return ours.endswith("%") or math.isclose(float(ours), theirs, rel_tol=1e-14)
    return ours.strip() == as_text(theirs).strip()


def rows_of_openpyxl(path: Path, sheet: str) -> Iterator[list[Any]]:
    with warnings.catch_warnings(action="ignore"):
        book = load_workbook(path, data_only=True)
    # It finds none in a workbook that was saved as Strict Open XML.
    if sheet in book.sheetnames:
        yield from (list(row) for row in book[sheet].iter_rows(values_only=True))
    book.close()


def rows_of_calamine(path: Path, sheet: str) -> Iterator[list[Any]]:
    yield from CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def assert_same_cells(path: Path, sheet: str, width: int) -> None:
    names = [str(number) for number in range(width)]
    found = read_back(path, format="xlsx", sheet=sheet, header=False, names=names)
    ours = {found.lines[number]: row for number, row in found.rows.items()}
    for read, tells_errors in ((rows_of_openpyxl, True), (rows_of_calamine, False)):
        theirs = {number: [*row, *[None] * (width - len(row))] for number, row in enumerate(read(path, sheet), 1)}
        filled = {number: row for number, row in theirs.items() if any(as_text(cell).strip() for cell in row)}
        only_errors = {number for number, row in ours.items() if any(cell in ERRORS for cell in row)}
        assert not theirs or ours.keys() - filled.keys() <= only_errors
        for number, row in filled.items():
            for mine, other in zip(ours[number], row, strict=True):
                assert same(mine, other, tells_errors=tells_errors), (read.__name__, number, mine, other)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(values, min_size=4, max_size=4), min_size=1, max_size=10), is_1904=st.booleans())
def test_generated_workbooks(tmp_path: Path, rows: list[list[Any]], is_1904: bool) -> None:
    book = Workbook()
    if is_1904:
        book.epoch = datetime(1904, 1, 1)
        rows = [[cell for cell in row if not isinstance(cell, date) or cell.year > 1904] for row in rows]
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "file.xlsx")
    assert_same_cells(tmp_path / "file.xlsx", book.active.title, 4)


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.name)
def test_workbooks_of_senders(path: Path) -> None:
    calamine = CalamineWorkbook.from_path(path)
    for sheet in calamine.sheet_names:
        assert_same_cells(path, sheet, max(map(len, calamine.get_sheet_by_name(sheet).to_python()), default=1))
