"""Accounts receivable: invoices with due and settled dates, in two copies of one export."""

import csv
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.dbt.building import AS_OF
from tests.real.harness import DATA, Harness

DATA_SET = "accounts_receivable"
FILES = ["WA_Fn-UseC_-Accounts-Receivable.csv", "WA_Fn-UseC_-Accounts-Receivable_with_missing.csv"]
OPEN_AS_OF = date(2013, 12, 2)

FACTS = {
    "documents open on 2 December 2013": "count(*) from raw.due_docs where open_amount > 0",
    "open amount in USD": "round(sum(open_amount), 2) from raw.due_docs",
    "amount in USD": "round(sum(amount), 2) from raw.due_docs",
    "documents disputed": "count(*) from raw.due_docs where is_disputed",
}


@pytest.fixture(scope="module")
def receivables(harness: Harness) -> Harness:
    """Both copies imported, the longer one last, and the mart built."""
    harness.drop("Receivables", [DATA / DATA_SET / name for name in FILES])
    harness.import_all()
    harness.dbt.build("--select", "+fct_due_docs")
    return harness


def records(name: str) -> list[dict[str, str]]:
    with (DATA / DATA_SET / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


def open_amount(record: dict[str, str]) -> Decimal:
    return Decimal(record["InvoiceAmount"]) if day(record["SettledDate"]) > OPEN_AS_OF else Decimal(0)


def test_every_row_of_both_copies_is_accounted_for(receivables: Harness) -> None:
    receivables.assert_accounted_for({name: len(records(name)) for name in FILES})
    assert receivables.rejected() == []


def test_the_second_copy_adds_only_what_is_new(receivables: Harness) -> None:
    first, second = ({record["invoiceNumber"] for record in records(name)} for name in FILES)
    found = receivables.query("select rows_created, rows_updated, rows_unchanged from ops.import_files order by name")
    # It has 94.0 where the first has 94, which is not a change.
    assert found == [(len(first), 0, 0), (len(second - first), 0, len(second & first))]


@pytest.mark.parametrize("table", ["raw.due_docs", "marts.fct_due_docs"])
def test_amount_and_open_amount_by_customer_equal_the_file(receivables: Harness, table: str) -> None:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    open_amounts: dict[str, Decimal] = defaultdict(Decimal)
    for record in records(FILES[-1]):
        amounts[record["customerID"]] += Decimal(record["InvoiceAmount"])
        open_amounts[record["customerID"]] += open_amount(record)
    found = receivables.query(f"select customer_id, sum(amount), sum(open_amount) from {table} group by 1")
    assert sum(open_amounts.values()) > 0
    assert {customer: (amount, open_) for customer, amount, open_ in found} == {
        customer: (amounts[customer], open_amounts[customer]) for customer in amounts
    }


def test_a_document_is_either_settled_or_open(receivables: Harness) -> None:
    settled = {
        (record["invoiceNumber"], None if open_amount(record) else day(record["SettledDate"]))
        for record in records(FILES[-1])
    }
    assert set(receivables.query("select doc_id, settled_on from raw.due_docs")) == settled


def test_open_documents_are_overdue_after_their_due_date(receivables: Harness) -> None:
    days = {
        record["invoiceNumber"]: (date.fromisoformat(AS_OF) - day(record["DueDate"])).days
        for record in records(FILES[-1])
        if open_amount(record)
    }
    assert dict(receivables.query("select doc_id, days_overdue from marts.fct_due_docs where is_open")) == days


@pytest.mark.parametrize("table", ["raw.due_docs", "marts.fct_due_docs"])
def test_disputed_documents_equal_the_file(receivables: Harness, table: str) -> None:
    disputed = {record["invoiceNumber"] for record in records(FILES[-1]) if record["Disputed"] == "Yes"}
    assert {doc_id for (doc_id,) in receivables.query(f"select doc_id from {table} where is_disputed")} == disputed


def test_the_page_shows_the_outcome_of_the_rows(receivables: Harness) -> None:
    receivables.assert_page_shows(FACTS)
