"""Errors of spreadsheets never become values, in files of any format and through any rule of a column."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.reading.xlsx.written import cell, sheet, text, workbook
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import Fault, RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.shapes import open_shaped_rows
from wiseparts_pipeline.importing.reading.spreadsheet_errors import ERRORS
from wiseparts_pipeline.importing.validation.validator import Validator

SALES = ["invoice_id", "line_no", "invoice_date", "quantity", "net_amount", "currency", "discount_percent", "note"]
GOOD = ["I1", "1", "2025-01-31", "2", "24.20", "EUR", "10", "text"]
COLUMNS: dict[str, Any] = {name: name for name in SALES[:-1]} | {"unit_price": {"constant": "12.1"}}


def validated(path: Path, **attributes: Any) -> tuple[list[Fault], dict[str, list[Any]]]:
    settings = ImporterSettings.model_validate(
        {"entity": "sales", "source": "erp", "pattern": "*", "columns": COLUMNS} | attributes
    )
    rows = open_shaped_rows(path, path.name, settings)
    validator = Validator(settings, rows.columns)
    (batch,) = rows.batches()
    found = validator.validate(batch)
    return found.faults, found.typed.to_pydict()


def of_csv(folder: Path, cells: list[str], **attributes: Any) -> tuple[list[Fault], dict[str, list[Any]]]:
    path = folder / "file.csv"
    path.write_text("\n".join([";".join(SALES), ";".join(GOOD), ";".join(cells)]), encoding="utf-8")
    return validated(path, file={"delimiter": ";"} | attributes.pop("file", {}), **attributes)


def with_cell(name: str, value: str) -> list[str]:
    return [value if column == name else given for column, given in zip(SALES, GOOD, strict=True)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(error=st.sampled_from([*sorted(ERRORS), "########"]), column=st.sampled_from(SALES[:-1]))
def test_an_error_rejects_its_row_whatever_the_column(tmp_path: Path, error: str, column: str) -> None:
    faults, values = of_csv(tmp_path, with_cell(column, error))
    assert [(fault.row_number, fault.column, fault.code) for fault in faults] == [(2, column, "spreadsheet_error")]
    assert values["invoice_id"] == ["I1"]


def test_an_error_in_a_column_that_is_not_used_does_no_harm(tmp_path: Path) -> None:
    faults, values = of_csv(tmp_path, with_cell("note", "#N/A"))
    assert faults == []
    assert len(values["invoice_id"]) == 2


def test_an_error_may_mean_that_there_is_no_value(tmp_path: Path) -> None:
    cells = with_cell("discount_percent", "#N/A")
    faults, values = of_csv(tmp_path, cells, file={"null_values": ["", "#N/A"]})
    assert (faults, values["discount_percent"][1]) == ([], None)
    columns = COLUMNS | {"currency": {"from": "currency", "map": {"#NV": "CHF"}, "default": "USD"}}
    faults, values = of_csv(tmp_path, with_cell("currency", "#NV"), columns=columns)
    assert (faults, values["currency"]) == ([], ["USD", "CHF"])


@pytest.mark.parametrize(
    "rule",
    [
        {"from": "note", "map": {"text": "EUR"}, "default": "USD"},
        {"from": "note", "extract": "([A-Z]+)$", "default": "USD"},
        {"template": "{note}{currency}"},
        {"template": "{note?}{currency}", "extract": "(...)$"},
    ],
)
def test_no_rule_of_a_column_makes_a_value_of_an_error(tmp_path: Path, rule: dict[str, Any]) -> None:
    faults, _ = of_csv(tmp_path, with_cell("note", "#REF!"), columns=COLUMNS | {"currency": rule})
    assert [fault.code for fault in faults if fault.row_number == 2] == ["spreadsheet_error"]


def test_an_error_that_is_filled_down_rejects_the_rows_below(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    rows = [with_cell("currency", "#N/A"), ["I1", "2", *GOOD[2:5], "", *GOOD[6:]], GOOD]
    path.write_text("\n".join(",".join(row) for row in [SALES, *rows]), encoding="utf-8")
    faults, _ = validated(path, fill_down={"within": "invoice_id", "columns": ["currency"]})
    assert [(fault.row_number, fault.code) for fault in faults] == [(1, "spreadsheet_error"), (2, "spreadsheet_error")]


@pytest.mark.parametrize("condition", [{"in": ["text"]}, {"not": ["text"]}, {"matches": "^t"}, {"empty": True}])
def test_a_row_is_not_left_out_for_an_error_but_rejected(tmp_path: Path, condition: dict[str, Any]) -> None:
    faults, _ = of_csv(tmp_path, with_cell("note", "#N/A"), where=[{"column": "note"} | condition])
    assert [(fault.code, fault.value) for fault in faults] == [("spreadsheet_error", "#N/A")]


def test_texts_that_only_begin_like_errors_are_texts(tmp_path: Path) -> None:
    for value in ("#1", "# N/A", "#N/A?", "N/A", "#REF! 12", "#"):
        assert of_csv(tmp_path, with_cell("invoice_id", value))[0] == []


@pytest.mark.parametrize("value", ["4.00638E+12", "5,90123E+12", "-1E+21"])
def test_a_key_that_a_spreadsheet_has_shortened_is_rejected(tmp_path: Path, value: str) -> None:
    faults, _ = of_csv(tmp_path, with_cell("invoice_id", value))
    assert [(fault.column, fault.code) for fault in faults] == [("invoice_id", "shortened_number")]


@pytest.mark.parametrize("value", ["1E5", "2E+", "E+10", "12.5E+10"])
def test_a_key_with_an_e_in_it_is_a_key(tmp_path: Path, value: str) -> None:
    assert of_csv(tmp_path, with_cell("invoice_id", value))[0] == []


def of_workbook(folder: Path, *row: str, **attributes: Any) -> tuple[list[Fault], dict[str, list[Any]]]:
    date_formats = attributes.pop("date_formats", ["%d/%m/%Y"])
    path = workbook(
        folder / "file.xlsx",
        {"Jan 25": sheet([text(name) for name in SALES], row)},
        formats=["00000", 9, 14],
        **attributes,
    )
    return validated(path, file={"format": "xlsx", "date_formats": date_formats})


def row(**cells: str) -> list[str]:
    return [cells.get(name, text(given)) for name, given in zip(SALES, GOOD, strict=True)]


def test_a_message_names_the_cell_of_a_workbook(tmp_path: Path) -> None:
    faults, _ = of_workbook(tmp_path, *row(net_amount=cell("#DIV/0!", "e")))
    assert faults[0].message.startswith(
        "net_amount: '#DIV/0!' is an error of the spreadsheet, not a value (cell E2 of sheet 'Jan 25')."
    )


def test_a_formula_without_its_result_is_no_empty_cell(tmp_path: Path) -> None:
    faults, _ = of_workbook(tmp_path, *row(discount_percent="><f>A1</f></c>"))
    assert [(fault.code, fault.value) for fault in faults] == [("spreadsheet_error", "#NOT_CALCULATED!")]


def test_formats_count_for_percentages_and_keys_and_for_nothing_else(tmp_path: Path) -> None:
    cells = {
        "invoice_id": cell("123", style=1),
        "line_no": cell("7", style=1),
        "quantity": cell("12", style=1),
        "net_amount": cell("0.125", style=2),
        "discount_percent": cell("0.125", style=2),
    }
    faults, values = of_workbook(tmp_path, *row(**cells))
    assert faults == []
    found = {name: str(values[name][0]) for name in cells}
    assert found == {
        "invoice_id": "00123",
        "line_no": "7",
        "quantity": "12.000000",
        "net_amount": "0.125000",
        "discount_percent": "12.500000",
    }


def test_a_key_of_more_digits_than_excel_keeps_is_rejected(tmp_path: Path) -> None:
    faults, _ = of_workbook(tmp_path, *row(invoice_id=cell("1234567890123450")))
    assert [(fault.column, fault.code) for fault in faults] == [("invoice_id", "shortened_number")]


def test_day_numbers_of_a_workbook_that_counts_from_1904_are_refused(tmp_path: Path) -> None:
    number = row(invoice_date=cell("44575"))
    assert str(of_workbook(tmp_path, *number, date_formats=["excel"])[1]["invoice_date"][0]) == "2022-01-14"
    with pytest.raises(RefusedFile, match="counts days from 1904") as raised:
        of_workbook(tmp_path, *number, date_formats=["excel"], has_1904_dates=True)
    assert raised.value.code is RefusalCode.UNREADABLE
    dated = row(invoice_date=cell("44575", style=3))
    assert str(of_workbook(tmp_path, *dated, has_1904_dates=True)[1]["invoice_date"][0]) == "2026-01-15"
