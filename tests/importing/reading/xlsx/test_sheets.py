"""Which sheets of a workbook are read, and how their rows are told apart."""

from pathlib import Path
from typing import Any

import pytest

from tests.importing.reading.read_back import read_back, refusal
from tests.importing.reading.xlsx.written import cell, sheet, text, workbook
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode
from wiseparts_pipeline.importing.reading import open_rows

HEADER = [text("sku"), text("price")]
MONTHS = {
    "Jan": sheet(HEADER, [text("A-1"), cell("1")], [text("A-2"), cell("2")]),
    "Feb": sheet([text("price"), text("sku")], [cell("3"), text("A-3")]),
    "Notes": sheet([text("This list is about prices")]),
    "Mär": sheet([], HEADER, [], [text("A-4"), cell("4")]),
}
OF_JAN = [["A-1", "1"], ["A-2", "2"]]
OF_ALL = [["A-1", "1", "Jan"], ["A-2", "2", "Jan"], ["A-3", "3", "Feb"], ["A-4", "4", "Mär"]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return workbook(tmp_path / "file.xlsx", MONTHS)


def unread(path: Path, **file: Any) -> set[str]:
    settings = FileFormat.model_validate({"format": "xlsx"} | file)
    batches = open_rows(path, path.name, settings).batches()
    return {name for batch in batches if batch.sheet for name in batch.sheet.unread}


def test_all_sheets_with_the_same_columns_are_read_one_after_the_other(path: Path) -> None:
    found = read_back(path, format="xlsx", sheet="*")
    assert found.columns == ["sku", "price", "_sheet"]
    assert found.cells == OF_ALL
    assert found.lines == {1: 2, 2: 3, 3: 2, 4: 4}


def test_sheets_are_read_in_the_order_in_which_they_are_named_whatever_their_case(path: Path) -> None:
    assert read_back(path, format="xlsx", sheet=["MA\N{COMBINING DIAERESIS}R", "feb"]).cells == OF_ALL[:1:-1]


def test_hidden_sheets_are_read_only_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "file.xlsx", MONTHS, states={"Feb": "hidden", "Mär": "veryHidden"})
    assert {row[2] for row in read_back(path, format="xlsx", sheet="*").cells} == {"Jan"}
    assert read_back(path, format="xlsx", sheet="Feb").cells == [["3", "A-3"]]
    assert unread(path) == set()


def test_sheets_with_the_same_columns_that_are_not_read_are_noticed(path: Path) -> None:
    assert read_back(path, format="xlsx").cells == OF_JAN
    assert unread(path) == {"Feb", "Mär"}
    assert unread(path, sheet=["Jan", "Feb"]) == {"Mär"}
    assert unread(path, sheet="Jan") == unread(path, sheet="*") == set()


def test_a_sheet_that_lacks_a_column_of_the_others_is_not_left_out(tmp_path: Path) -> None:
    other = sheet([text("sku"), text("Price")], [text("A-9"), cell("9")])
    refused = refusal(workbook(tmp_path / "file.xlsx", MONTHS | {"Apr": other}), format="xlsx", sheet="*")
    assert refused.code is RefusalCode.UNREADABLE
    assert "The sheets differ in their columns: Jan and Apr do not both have Price, price." in str(refused)


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(path: Path) -> None:
    refused = refusal(path, format="xlsx", sheet=["Jan", "Apr"])
    assert str(refused) == "The file has no sheet 'Apr'. It has: Jan, Feb, Notes, Mär."


@pytest.mark.parametrize("sheets", [["Jan", "Jan"], ["Jan", ""]])
def test_a_list_of_sheets_names_each_once(sheets: list[str]) -> None:
    with pytest.raises(ValueError, match="names a sheet more than once, or none"):
        FileFormat.model_validate({"format": "xlsx", "sheet": sheets})
