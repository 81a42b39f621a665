"""Credits are negative: positive ones are noticed, and turned where the importer says so."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.importing.validation.test_validator import Read, importer
from wiseparts_pipeline.importing.faults import RefusedFile, WarningCode

KINDS = {"out_invoice": "invoice", "out_refund": "credit_note"}
SALES: dict[str, Any] = {
    "invoice_id": "No",
    "line_no": {"constant": "1"},
    "invoice_date": {"constant": "2026-01-15"},
    "document_type": {"from": "Type", "map": KINDS},
    "quantity": "Qty",
    "unit_price": {"constant": "1"},
    "net_amount": "Net",
    "currency": {"constant": "EUR"},
}
DUE = {
    "doc_id": "No",
    "doc_type": {"from": "Type", "map": KINDS | {"payment": "payment"}},
    "customer_id": {"constant": "C1"},
    "issued_on": {"constant": "2026-01-15"},
    "due_on": {"constant": "2026-02-15"},
    "amount": "Total",
    "open_amount": "Open",
    "currency": {"constant": "EUR"},
}


def numbers(found: Read, column: str) -> list[float]:
    return [float(value) for value in found[column]]


def test_a_credit_note_with_positive_amounts_is_noticed(tmp_path: Path) -> None:
    text = "No,Type,Qty,Net\nI1,out_invoice,10,100\nR1,out_refund,2,20\nR2,out_refund,-1,-10\nR3,out_refund,0,0\n"
    found = Read(tmp_path, importer("sales", columns=SALES), text)
    assert found.warnings == {WarningCode.POSITIVE_CREDIT: 1}
    assert "sign_by: document_type" in WarningCode.POSITIVE_CREDIT.remedy
    assert numbers(found, "net_amount") == [100, 20, -10, 0]


@pytest.mark.parametrize("kind", ["out_refund", "payment"])
def test_a_credit_or_payment_with_a_positive_open_amount_is_noticed(tmp_path: Path, kind: str) -> None:
    text = f"No,Type,Total,Open\nI1,out_invoice,119,119\nR1,{kind},23.80,23.80\n"
    found = Read(tmp_path, importer("due_docs", columns=DUE), text)
    assert found.warnings == {WarningCode.POSITIVE_CREDIT: 1}


def test_a_rejected_row_is_not_noticed(tmp_path: Path) -> None:
    found = Read(tmp_path, importer("sales", columns=SALES), "No,Type,Qty,Net\nR1,out_refund,2,many\n")
    assert WarningCode.POSITIVE_CREDIT not in found.warnings


def test_the_kind_of_document_turns_its_amounts(tmp_path: Path) -> None:
    text = "No,Type,Qty,Net\nI1,out_invoice,10,100\nI2,out_invoice,-1,-5\nR1,out_refund,2,20\n"
    found = Read(tmp_path, importer("sales", columns=SALES, sign_by="document_type"), text)
    assert numbers(found, "quantity") == [10, -1, -2]
    assert numbers(found, "net_amount") == [100, -5, -20]
    assert not found.warnings
    due = Read(
        tmp_path,
        importer("due_docs", columns=DUE, sign_by="doc_type"),
        "No,Type,Total,Open\nI1,out_invoice,119,119\nR1,payment,23.80,23.80\n",
    )
    assert numbers(due, "open_amount") == [119, -23.8]
    assert numbers(due, "amount") == [119, -23.8]


def test_an_amount_that_is_negative_already_is_not_turned_twice(tmp_path: Path) -> None:
    text = "No,Type,Qty,Net\nR1,out_refund,2,20\nR2,out_refund,-2,-20\n"
    found = Read(tmp_path, importer("sales", columns=SALES, sign_by="document_type"), text)
    assert numbers(found, "net_amount") == [-20, -20]
    assert found.warnings == {WarningCode.ALREADY_NEGATIVE: 2}


def test_a_minus_within_a_credit_note_may_mean_the_opposite_of_its_other_amounts(tmp_path: Path) -> None:
    settings = importer("sales", columns=SALES, sign_by={"column": "document_type", "if_negative": "turn"})
    found = Read(tmp_path, settings, "No,Type,Qty,Net\nR1,out_refund,2,20\nR2,out_refund,-1,-2\n")
    assert numbers(found, "net_amount") == [-20, 2]
    # What is charged in a credit note is positive, and noticed.
    assert found.warnings == {WarningCode.POSITIVE_CREDIT: 1}


@pytest.mark.parametrize("if_negative", ["keep", "turn"])
def test_an_amount_computed_from_turned_ones_has_its_sign_from_them(tmp_path: Path, if_negative: str) -> None:
    columns = SALES | {"net_amount": {"expression": "quantity * unit_price"}, "unit_price": "Price"}
    sign_by = {"column": "document_type", "if_negative": if_negative}
    found = Read(
        tmp_path, importer("sales", columns=columns, sign_by=sign_by), "No,Type,Qty,Price\nR1,out_refund,2,10\n"
    )
    assert (numbers(found, "quantity"), numbers(found, "net_amount")) == ([-2], [-20])


def test_an_amount_computed_from_others_is_turned_itself(tmp_path: Path) -> None:
    columns = SALES | {"net_amount": {"expression": "unit_price * discount_percent"}, "unit_price": "Price"}
    columns |= {"discount_percent": "Net"}
    found = Read(
        tmp_path,
        importer("sales", columns=columns, sign_by="document_type"),
        "No,Type,Qty,Price,Net\nR1,out_refund,2,10,3\n",
    )
    assert numbers(found, "net_amount") == [-30]


def test_a_column_for_debit_and_credit_turns_amounts(tmp_path: Path) -> None:
    columns = {name: rule for name, rule in SALES.items() if name != "document_type"}
    sign_by = {"column": "D/C", "negative": ["H", "Haben"], "positive": "S"}
    text = "No,D/C,Qty,Net\nI1,S,1,10\nI2,H,1,10\nI3,Haben,1,10\nI4,,1,10\nI5,X,1,10\n"
    found = Read(tmp_path, importer("sales", columns=columns, sign_by=sign_by), text)
    assert numbers(found, "net_amount") == [10, -10, -10]
    assert [(fault.row_number, fault.code) for fault in found.faults] == [(4, "not_in_set"), (5, "not_in_set")]
    assert "D/C: 'X' does not say whether the amounts are negative. Negative: H, Haben. Positive: S" in (
        found.faults[1].message
    )


def test_a_file_without_the_column_is_refused(tmp_path: Path) -> None:
    columns = {name: rule for name, rule in SALES.items() if name != "document_type"}
    for sign_by in ("document_type", {"column": "D/C", "negative": "H", "positive": "S"}):
        with pytest.raises(RefusedFile, match="The signs of amounts depend on"):
            Read(tmp_path, importer("sales", columns=columns, sign_by=sign_by), "No,Qty,Net\nI1,1,1\n")


@pytest.mark.parametrize(
    ("entity", "sign_by", "message"),
    [
        ("orders", "status", "orders has no amounts whose sign depends"),
        ("sales", "Type", "write document_type, or a column of the file"),
        ("sales", {"column": "D/C", "negative": "H"}, "write document_type, or a column of the file"),
        ("sales", {"column": "D/C", "negative": "H", "positive": ["H", "S"]}, "write document_type"),
        ("sales", {"column": "document_type", "negative": "R"}, "is known for document_type: credit_note"),
    ],
)
def test_a_wrong_setting_is_told(entity: str, sign_by: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        importer(entity, sign_by=sign_by)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.decimals(-99, 99, places=2)), min_size=1, max_size=8))
def test_credits_are_never_positive_and_invoices_stay(tmp_path: Path, rows: list[tuple[bool, Decimal]]) -> None:
    lines = [f"D{n},{'out_refund' if credit else 'out_invoice'},1,{net}" for n, (credit, net) in enumerate(rows)]
    found = Read(
        tmp_path, importer("sales", columns=SALES, sign_by="document_type"), "\n".join(["No,Type,Qty,Net", *lines, ""])
    )
    assert found["net_amount"] == [-abs(net) if credit else net for credit, net in rows]
    assert WarningCode.POSITIVE_CREDIT not in found.warnings
