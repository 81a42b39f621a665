"""Accounts receivable as of past days, compared with figures that plain Python calculates from the file."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import dict_row

from tests.real.harness import DATA, Harness
from wiseparts_pipeline.dashboards.marts import query

DATA_SET = "accounts_receivable"
FILE = "WA_Fn-UseC_-Accounts-Receivable_with_missing.csv"
AS_OF = date(2013, 6, 30)
MONTH_ENDS = [date(2013, month + 1, 1) - timedelta(days=1) for month in range(1, 7)]
BUCKETS = ("not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90", "disputed")

Record = dict[str, str]


@pytest.fixture(scope="module")
def receivables(harness: Harness) -> Harness:
    """The file imported, and its ageing built as of 30 June 2013."""
    harness.drop("Receivables", [DATA / DATA_SET / FILE])
    harness.import_all()
    marts = ("receivables_aging", "receivables_aging_monthly", "dim_customers", "dim_customer_branches")
    selection = ("--select", *(f"+{mart}" for mart in marts))
    harness.dbt.build(*selection, as_of=str(AS_OF))
    return harness


@pytest.fixture(scope="module")
def records() -> list[Record]:
    with (DATA / DATA_SET / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()


def open_on(records: list[Record], as_of: date) -> Iterator[Record]:
    return (record for record in records if day(record["InvoiceDate"]) <= as_of < day(record["SettledDate"]))


def bucket(record: Record, as_of: date) -> str:
    days = (as_of - day(record["DueDate"])).days
    if record["Disputed"] == "Yes":
        return "disputed"
    return BUCKETS[(days > 0) + (days > 30) + (days > 60) + (days > 90)]


def aged(records: list[Record], as_of: date) -> list[Decimal]:
    """The open amounts by bucket."""
    amounts = dict.fromkeys(BUCKETS, Decimal(0))
    for record in open_on(records, as_of):
        amounts[bucket(record, as_of)] += Decimal(record["InvoiceAmount"])
    return list(amounts.values())


def days_late(records: list[Record], as_of: date) -> list[int]:
    settled = [record for record in records if day(record["SettledDate"]) <= as_of]
    return [(day(record["SettledDate"]) - day(record["DueDate"])).days for record in settled]


def test_the_ageing_by_customer_equals_the_file(receivables: Harness, records: list[Record]) -> None:
    of_customer: dict[str, list[Record]] = defaultdict(list)
    for record in open_on(records, AS_OF):
        of_customer[record["customerID"]].append(record)
    expected = {customer: aged(those, AS_OF) for customer, those in of_customer.items()}
    by_customer = receivables.query(
        f"""
        select customer_id, {", ".join(f"sum(open_amount) filter (where aging_bucket = '{name}')" for name in BUCKETS)}
        from marts.fct_due_docs where is_open group by customer_id
        """
    )
    assert {customer: [amount or 0 for amount in amounts] for customer, *amounts in by_customer} == expected
    # No customer of the file is in the master data.
    total = aged(records, AS_OF)
    sums = ", ".join(f"sum({name}_amount)" for name in BUCKETS)
    assert receivables.query(f"select {sums} from marts.receivables_aging") == [tuple(total)]
    assert sum(total) > 0


def test_the_ageing_by_month_equals_the_file(receivables: Harness, records: list[Record]) -> None:
    sums = ", ".join(f"sum({name}_amount)" for name in BUCKETS)
    found = receivables.query(
        f"select as_of, sum(open_documents), {sums} from marts.receivables_aging_monthly"
        " where as_of >= '2013-01-31' group by as_of"
    )
    assert {as_of: (count, amounts) for as_of, count, *amounts in found} == {
        end: (len(list(open_on(records, end))), aged(records, end)) for end in MONTH_ENDS
    }


def test_the_mean_days_late_equal_the_file(receivables: Harness, records: list[Record]) -> None:
    late = days_late(records, AS_OF)
    ((documents, mean, mean_overdue),) = receivables.query(
        "select settled_documents, average_days_late, average_days_overdue from marts.receivables_aging"
    )
    assert documents == len(late)
    assert mean == round(Decimal(sum(late)) / len(late), 6)
    # DaysLate in the file does not count early payments.
    own = [int(record["DaysLate"]) for record in records if day(record["SettledDate"]) <= AS_OF]
    assert mean_overdue == round(Decimal(sum(own)) / len(own), 6)


def test_days_sales_outstanding_equal_the_file(receivables: Harness, records: list[Record]) -> None:
    sold = sum(
        Decimal(record["InvoiceAmount"])
        for record in records
        if AS_OF - timedelta(days=90) < day(record["InvoiceDate"]) <= AS_OF
    )
    open_amount = sum(Decimal(record["InvoiceAmount"]) for record in open_on(records, AS_OF))
    found = receivables.query("select days_sales_outstanding from marts.receivables_aging")
    assert found == [(round(open_amount * 90 / sold, 6),)]


def test_the_dashboard_shows_what_the_file_has(receivables: Harness, records: list[Record]) -> None:
    def shown(name: str) -> list[dict[str, Any]]:
        wanted = query(name)
        values = dict.fromkeys(wanted.parameters) | {"currency": "USD"}
        with receivables.warehouse.connect(read_only_analyst=True) as connection:
            return connection.cursor(row_factory=dict_row).execute(wanted.text.encode(), values).fetchall()

    ((total,), months, documents) = map(shown, ("receivables/totals", "receivables/months", "receivables/documents"))

    amounts = aged(records, AS_OF)
    assert [total["open_amount"], total["overdue_amount"]] == [sum(amounts), sum(amounts[1:5])]
    assert {
        month["as_of"]: [month[f"{name}_amount"] for name in BUCKETS]
        for month in months
        if month["as_of"] >= MONTH_ENDS[0]
    } == {end: aged(records, end) for end in MONTH_ENDS}
    assert {document["doc_id"]: document["open_amount"] for document in documents} == {
        record["invoiceNumber"]: Decimal(record["InvoiceAmount"]) for record in open_on(records, AS_OF)
    }
