"""Which rows count, what they take from others, which amounts are negative, and which files belong together."""

from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.profiling.inspecting import attributes, inspected, rules, write
from wiseparts_pipeline.profiling.inspection import Inspection, inspect

STOCK = ("SKU,Warehouse,On hand", "A-1,MAIN,5", "A-2,MAIN,7", "A-3,MAIN,1")
SALES = "Number,Line,Type,Date,Customer No,Quantity,Price,Line Amount"


@pytest.mark.parametrize("word", ["Total", "Summe", "Totaal:", "Total général", "Σύνολο", "Totale", "GRAND TOTAL"])
def test_a_row_of_totals_is_left_out(tmp_path: Path, word: str) -> None:
    found = inspected(tmp_path, *STOCK, f"{word},,13")

    assert attributes(found)["where"] == [{"column": "SKU", "not": word}]
    assert (found.trial.rejected, found.trial.warnings["left_out"]) == (0, 1)


def test_totals_of_several_groups_are_left_out_by_their_beginning(tmp_path: Path) -> None:
    lines = [f"A-{number},MAIN,{number}" for number in range(20)]
    totals = [f"Total {name},,5" for name in ("brakes", "belts", "oil", "lamps")]

    found = inspected(tmp_path, STOCK[0], *lines, *totals)

    assert attributes(found)["where"] == [{"column": "SKU", "not_matches": r"^(Total)\b"}]


def test_a_name_that_begins_like_a_total_is_none(tmp_path: Path) -> None:
    found = inspected(tmp_path, "product number,name,price", "1,Total Clean,2.50", "2,Pad,3.50", "3,Belt,1.00")

    assert "where" not in attributes(found)


def test_a_number_on_the_first_line_of_a_document_is_filled_down(tmp_path: Path) -> None:
    lines = ("S1,2026-01-15,C1,A-1,2,10.00", ",,,A-2,1,25.00", "S2,2026-01-16,C2,A-1,5,9.50", ",,,A-3,1,3.00")

    found = inspected(tmp_path, "Order Reference,Order Date,Customer No,SKU,Quantity,Price", *lines, entity="orders")

    assert attributes(found)["fill_down"] == {"columns": ["order_id", "placed_at", "customer_id"], "from": "above"}
    assert rules(found)["line_no"] == {"sequence_within": "order_id"}
    assert found.trial.rejected == 0


def test_rows_that_lack_only_their_number_are_not_filled(tmp_path: Path) -> None:
    lines = ("S1,2026-01-15,A-1,2,10.00", ",2026-01-15,A-2,1,25.00")

    found = inspected(tmp_path, "Order Reference,Order Date,SKU,Quantity,Price", *lines, entity="orders")

    assert "fill_down" not in attributes(found)


def test_credit_notes_without_a_sign_are_negative_by_their_kind(tmp_path: Path) -> None:
    found = inspected(tmp_path, SALES, "1,1,Invoice,2026-01-15,C1,10,10,100", "2,1,Credit Memo,2026-01-16,C1,2,10,20")

    assert attributes(found)["sign_by"] == "document_type"
    assert found.trial.warnings["positive_credit"] == 0


def test_credit_notes_with_a_sign_are_left_as_they_are(tmp_path: Path) -> None:
    found = inspected(tmp_path, SALES, "1,1,Invoice,2026-01-15,C1,10,10,100", "2,1,Credit Memo,2026-01-16,C1,-2,10,-20")

    assert "sign_by" not in attributes(found)


@pytest.mark.parametrize(
    ("name", "negative", "positive"), [("S/H", "H", "S"), ("D/C", "C", "D"), ("Dr/Cr", "Cr", "Dr")]
)
def test_the_side_of_the_account_says_what_is_negative(tmp_path: Path, name: str, negative: str, positive: str) -> None:
    header = f"Document No,Customer No,Document Date,Due Date,Amount,Open Amount,{name}"
    lines = (f"1,C1,2026-01-15,2026-02-15,10,10,{positive}", f"2,C1,2026-01-15,2026-02-15,4,4,{negative}")

    found = inspected(tmp_path, header, *lines, entity="due_docs")

    assert attributes(found)["sign_by"] == {"column": name, "negative": [negative], "positive": [positive]}
    assert found.trial.refusal is None


def test_a_kind_with_negative_amounts_only_is_a_credit_note(tmp_path: Path) -> None:
    lines = ("1,RV,C1,2026-01-15,2026-02-15,10.00,10.00", "2,RG,C1,2026-01-15,2026-02-15,4.00-,4.00-")

    found = inspected(tmp_path, "BELNR,BLART,KUNNR,BLDAT,ZFBDT,DMBTR,Open Amount", *lines)

    assert rules(found)["doc_type"] == {"from": "BLART", "map": {"RV": "invoice", "RG": "credit_note"}}


def test_only_answered_calls_have_a_conversation(tmp_path: Path) -> None:
    lines = ("1,2026-01-15 10:00:00,ANSWERED,180", "2,2026-01-15 11:00:00,NO ANSWER,15")

    found = inspected(tmp_path, "call id,start,disposition,billsec", *lines, entity="calls")

    assert rules(found)["talk_seconds"] == {"template": "{disposition} {billsec}", "extract": "^ANSWERED (.+)$"}


def test_a_warehouse_that_only_names_of_files_have_is_taken_from_there(tmp_path: Path) -> None:
    write(tmp_path, "STOCK_SKG_20260131.csv", "sku,qty", "A-1,1")

    found = inspected(tmp_path, "sku,qty", "A-1,5", "A-2,7", name="STOCK_ATH_20260131.csv")

    assert rules(found)["warehouse_id"] == {"from_name": "^STOCK_([^_]+)_"}
    assert attributes(found)["snapshot_within"] == ["warehouse_id"]
    assert "pattern: STOCK_*_{date}.csv" in found.yaml.replace("'", "")
    assert found.trial.rejected == 0


def test_a_name_without_another_beside_it_is_no_warehouse(tmp_path: Path) -> None:
    found = inspected(tmp_path, "sku,qty", "A-1,5", "A-2,7", name="STOCK_ATH_20260131.csv")

    assert "warehouse_id" not in rules(found)


def _workbook(folder: Path, *sheets: str) -> Inspection:
    book = Workbook()
    assert isinstance(book.active, Worksheet)
    book.remove(book.active)
    for number, name in enumerate(sheets):
        sheet = book.create_sheet(name)
        sheet.append(["Invoice", "Line", "Date", "Qty", "Price"])
        sheet.append([f"I{number}", 1, "2026-01-15", 2, 10])
    path = folder / "SALES_2026.xlsx"
    book.save(path)
    return inspect(path)


def test_sheets_alike_are_read_together(tmp_path: Path) -> None:
    months, single = _workbook(tmp_path, "Jan", "Feb", "Mar"), _workbook(tmp_path, "Jan")

    assert (months.facts["sheet"].value, months.sampled, months.trial.rows) == ("*", 3, 3)
    assert "sheet" not in single.facts


def test_other_spellings_and_names_in_files_beside_it_are_allowed_for(tmp_path: Path) -> None:
    write(tmp_path, "CUSTOMERS_2026-01-31.csv", "customer number,NAME,Credit Limit,Rep", "1,A,100,R1")

    found = inspected(tmp_path, "customer number,Name,CreditLimit,SalesRep", "1,A,5,R", name="CUSTOMERS_2026-01-30.csv")

    assert attributes(found)["match_columns"] == "loose"
    assert rules(found)["sales_rep_id"] == {"from": ["SalesRep", "Rep"]}
    assert found.trial.rejected == 0
