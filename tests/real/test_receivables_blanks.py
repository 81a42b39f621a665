"""Accounts receivable with a required kind of billing, which is blank in some rows of the second copy."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.real.harness import DATA, Harness

DATA_SET = "accounts_receivable"
DEFS = "billing"
FILE = "WA_Fn-UseC_-Accounts-Receivable_with_missing.csv"


@pytest.fixture(scope="module")
def receivables(harness: Harness) -> Harness:
    """The copy with blanks imported once."""
    harness.drop("Receivables", [DATA / DATA_SET / FILE])
    harness.import_all()
    return harness


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def blank() -> dict[int, dict[str, str]]:
    """The rows without a kind of billing, by row number."""
    return {number: row for number, row in enumerate(rows(DATA / DATA_SET / FILE), 1) if not row["PaperlessBill"]}


def test_only_rows_with_the_blank_are_rejected(receivables: Harness) -> None:
    receivables.assert_accounted_for({FILE: 2586})
    assert len(blank()) == 120
    assert receivables.rejected() == [(FILE, number, "doc_type", "missing_required") for number in blank()]


def test_the_message_names_the_required_column_of_the_file(receivables: Harness) -> None:
    messages = receivables.query("select distinct message from ops.rejected_rows")
    assert messages == [("doc_type (from PaperlessBill) is empty. Every row needs it.",)]


def test_rejected_rows_name_the_document_and_the_line(receivables: Harness) -> None:
    entries = receivables.query("select row_number, line_number, key from ops.rejected_rows order by 1")
    assert entries == [(number, number + 1, row["invoiceNumber"]) for number, row in blank().items()]


def test_the_corrected_error_file_loads_all_of_them(receivables: Harness) -> None:
    name = f"{FILE}.errors.csv"
    errors = rows(receivables.files / "Receivables" / "errors" / name)
    assert [{column: cell for column, cell in row.items() if column[0] != "_"} for row in errors] == [*blank().values()]
    write(receivables.files / "Receivables" / name, [row | {"PaperlessBill": "Paper"} for row in errors])

    (done,) = receivables.run("due_docs").files

    assert (done.file.rows_read, done.file.rows_created, done.file.rows_deleted) == (120, 120, 0)
    assert receivables.query("select count(*) from raw.due_docs where _deleted_at is null") == [(2586,)]
    assert receivables.query("select distinct status from ops.rejected_rows") == [("resolved",)]


def write(path: Path, records: Iterable[dict[str, str]]) -> None:
    records = list(records)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, records[0].keys())
        writer.writeheader()
        writer.writerows(records)
