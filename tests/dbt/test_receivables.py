"""Receivables: from one list of documents to the next, and as of past days."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from tests.conftest import database
from tests.dbt.building import Dbt, insert
from wiseparts_pipeline.warehouse import Warehouse

UNKNOWN = "(unknown)"
SELECTION = ("--select", "+receivables_aging", "+receivables_aging_monthly")

CUSTOMERS: list[dict[str, Any]] = [
    {"customer_id": "C1", "name": "Alfa", "credit_limit": 1000, "currency": "EUR"},
    {"customer_id": "C2", "name": "Beta"},
]
BRANCHES = [
    {"branch_id": "B1", "customer_id": "C1", "name": "Alfa Piraeus"},
    {"branch_id": "B2", "customer_id": "C1", "name": "Alfa Volos"},
]


def sold(invoice_id: str, line_no: int, branch_id: str) -> dict[str, Any]:
    line = {"invoice_id": invoice_id, "line_no": line_no, "invoice_date": "2025-01-20", "branch_id": branch_id}
    return line | {"net_amount": 10, "quantity": 1, "unit_price": 10, "currency": "EUR", "customer_id": "C1"}


SALES = [sold("S1", 1, "B1"), sold("S1", 2, "B1"), sold("S2", 1, "B1"), sold("S2", 2, "B2")]


def doc(
    doc_id: str, issued_on: str, due_on: str, amount: int, open_amount: int | None = None, **others: Any
) -> dict[str, Any]:
    document = {"doc_id": doc_id, "doc_type": "invoice", "customer_id": "C1", "issued_on": issued_on, "due_on": due_on}
    open_amount = amount if open_amount is None else open_amount
    return document | {"amount": amount, "open_amount": open_amount, "currency": "EUR", "is_disputed": False} | others


S1 = doc("S1", "2025-01-20", "2025-02-28", 200)
S2 = doc("S2", "2025-02-10", "2025-03-12", 50)
CREDIT = doc("CREDIT", "2025-01-25", "2025-01-25", -20, doc_type="credit_note", branch_id="B2")
OTHERS = doc("OTHERS", "2025-01-15", "2025-02-14", 8, customer_id="C2", currency="USD")
LEAVES = doc("LEAVES", "2025-01-01", "2025-01-31", 30)


def paid(open_amount: int, settled_on: str | None = None) -> dict[str, Any]:
    return doc("PAID", "2025-01-10", "2025-02-09", 100, open_amount, settled_on=settled_on)


def disputed(*, is_disputed: bool) -> dict[str, Any]:
    return doc("DISPUTED", "2025-01-16", "2025-02-15", 70, is_disputed=is_disputed)


LISTS: dict[str, list[dict[str, Any]]] = {
    "2025-01-31": [S1, CREDIT, OTHERS, LEAVES, paid(100), disputed(is_disputed=False)],
    "2025-02-28": [S1, S2, CREDIT, OTHERS, LEAVES, paid(40), disputed(is_disputed=True)],
    "2025-03-31": [S1, S2, CREDIT, OTHERS, paid(0, "2025-03-15"), disputed(is_disputed=False)],
}


def take(warehouse: Warehouse, file_id: int, file_date: str, documents: Sequence[dict[str, Any]]) -> None:
    """Load the list of a day into raw as an import does: changes are updated, missing documents deleted."""
    with warehouse.connect() as connection:
        connection.execute(
            """
            insert into ops.import_files (file_id, importer, entity, source, path, name, file_date)
            overriding system value values (%s, 'due_docs', 'due_docs', 'erp', 'list.csv', 'list.csv', %s)
            """,
            [file_id, file_date],
        )
        stored = {doc_id for (doc_id,) in connection.execute("select doc_id from raw.due_docs")}
        insert(
            connection,
            "due_docs",
            [document | {"_file_id": file_id} for document in documents if document["doc_id"] not in stored],
        )
        for document in documents:
            values = {"settled_on": None} | dict(document)
            names = [name for name in values if name != "doc_id"]
            row = sql.SQL(", ").join(map(sql.Identifier, names))
            given = sql.SQL(", ").join(map(sql.Placeholder, names))
            connection.execute(
                sql.SQL(
                    "update raw.due_docs set ({row}) = row({given}), _file_id = {file_id}, _deleted_at = null"
                    " where doc_id = %(doc_id)s and (({row}) is distinct from ({given}) or _deleted_at is not null)"
                ).format(row=row, given=given, file_id=sql.Literal(file_id)),
                values,
            )
        connection.execute(
            """
            update raw.due_docs set _deleted_at = statement_timestamp(), _file_id = %s, _row_number = 0
            where _deleted_at is null and not doc_id = any(%s)
            """,
            [file_id, [document["doc_id"] for document in documents]],
        )


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The result of a query as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def lists(postgres_url: str, prepared_url: str, target: Path) -> Iterator[Dbt]:
    """Three lists imported one after the other, then the marts built as of the date of the last one."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        dbt = Dbt(Warehouse(url), target)
        with dbt.warehouse.connect() as connection:
            insert(connection, "customers", CUSTOMERS)
            insert(connection, "customer_branches", BRANCHES)
            insert(connection, "sales", SALES)
        for file_id, (day, documents) in enumerate(LISTS.items(), 1):
            take(dbt.warehouse, file_id, day, documents)
        dbt.build(*SELECTION, as_of="2025-03-31")
        yield dbt


AMOUNTS = """
    customer_key, branch_key, currency, not_due_amount, overdue_1_30_amount, overdue_31_60_amount,
    disputed_amount, unapplied_credit_amount, open_amount
"""
AS_OF_FEBRUARY = [
    # PAID was settled later, and LEAVES left later; S2 was sold to two branches.
    ("C1", UNKNOWN, "EUR", 50, 40 + 30, 0, 70, 0, 190),
    ("C1", "B1", "EUR", 200, 0, 0, 0, 0, 200),
    ("C1", "B2", "EUR", 0, 0, 0, 0, -20, -20),
    ("C2", UNKNOWN, "USD", 0, 8, 0, 0, 0, 8),
]


def test_the_ageing_is_by_customer_branch_and_currency(lists: Dbt) -> None:
    aging = rows(lists.warehouse, f"select {AMOUNTS} from receivables_aging order by 1, 2")
    assert aging == [
        ("C1", UNKNOWN, "EUR", 0, 50, 70, 0, 0, 120),
        ("C1", "B1", "EUR", 0, 0, 200, 0, 0, 200),
        ("C1", "B2", "EUR", 0, 0, 0, 0, -20, -20),
        ("C2", UNKNOWN, "USD", 0, 0, 8, 0, 0, 8),
    ]


def test_the_documents_add_up_to_the_ageing(lists: Dbt) -> None:
    documents = "select currency, sum(open_amount), count(*) filter (where is_open) from fct_due_docs group by 1"
    aging = "select currency, sum(open_amount), sum(open_documents) from receivables_aging group by 1"
    assert (
        sorted(rows(lists.warehouse, documents))
        == sorted(rows(lists.warehouse, aging))
        == [
            ("EUR", 300, 4),
            ("USD", 8, 1),
        ]
    )


def test_the_end_of_a_month_is_shown_as_it_was(lists: Dbt) -> None:
    february = f"select {AMOUNTS} from receivables_aging_monthly where month = '2025-02-01' order by 1, 2"
    assert rows(lists.warehouse, february) == AS_OF_FEBRUARY


def test_days_late_are_those_of_settled_documents(lists: Dbt) -> None:
    late = "settled_documents, average_days_late, weighted_average_days_late"
    # From 9 February to 15 March. LEAVES left the list on an unknown day.
    assert rows(lists.warehouse, f"select {late} from receivables_aging where settled_documents > 0") == [(1, 34, 34)]
    monthly = f"select as_of, {late} from receivables_aging_monthly where settled_documents > 0"
    assert rows(lists.warehouse, monthly) == [(date(2025, 3, 31), 1, 34, 34)]


def test_days_sales_outstanding_and_the_credit_limit(lists: Dbt) -> None:
    # Sold: in January and February all but the credit note of B2; C1 has 300 open of a limit of 1,000.
    columns = "customer_key, branch_key, credit_sales_amount, round(days_sales_outstanding, 2), credit_limit_used"
    assert rows(lists.warehouse, f"select {columns} from receivables_aging order by 1, 2") == [
        # LEAVES was issued on 1 January, the first of the ninety days.
        ("C1", UNKNOWN, 250, Decimal("43.20"), Decimal("0.3")),
        ("C1", "B1", 200, 90, Decimal("0.3")),
        ("C1", "B2", -20, None, Decimal("0.3")),
        ("C2", UNKNOWN, 8, 90, None),
    ]


def test_a_past_day_is_shown_as_by_the_build_of_that_day(lists: Dbt, dbt: Dbt) -> None:
    report = f"select as_of, {AMOUNTS}, overdue_documents, oldest_due_on from receivables_aging order by 2, 3, 4"
    documents = """
        select doc_id, branch_key, due_on, open_amount, is_open, aging_bucket, days_overdue, is_disputed
        from fct_due_docs order by doc_id
    """
    with dbt.warehouse.connect() as connection:
        insert(connection, "customers", CUSTOMERS)
        insert(connection, "customer_branches", BRANCHES)
        insert(connection, "sales", SALES)
    for file_id, day in enumerate(("2025-01-31", "2025-02-28"), 1):
        take(dbt.warehouse, file_id, day, LISTS[day])
    dbt.build(*SELECTION, "--exclude-resource-type", "test", as_of="2025-02-28")
    february = rows(dbt.warehouse, report), rows(dbt.warehouse, documents)
    take(dbt.warehouse, 3, "2025-03-31", LISTS["2025-03-31"])
    dbt.build(*SELECTION, "--exclude-resource-type", "test", as_of="2025-02-28")

    assert [row[1:10] for row in february[0]] == AS_OF_FEBRUARY
    assert (rows(dbt.warehouse, report), rows(dbt.warehouse, documents)) == february


def test_each_month_equals_its_list_whatever_happens_to_the_documents(dbt: Dbt) -> None:
    chance = random.Random(7)
    ends = [date(2025, month + 1, 1) - timedelta(days=1) for month in range(1, 9)]
    states: dict[str, dict[str, Any]] = {}
    expected: dict[date, dict[str, Decimal]] = {}
    for file_id, end in enumerate(ends, 1):
        start = end.replace(day=1)
        for number in range(8):
            issued = start + timedelta(days=chance.randrange(28))
            due = issued + timedelta(days=chance.choice([0, 14, 30, 60]))
            kind = chance.choice(["invoice", "invoice", "invoice", "credit_note"])
            amount = chance.randrange(10, 500) * (1 if kind == "invoice" else -1)
            key = f"{end:%m}-{number}"
            customer_id = chance.choice(["C1", "C2"])
            states[key] = doc(key, str(issued), str(due), amount, doc_type=kind, customer_id=customer_id)
        for key, state in states.items():
            happens = chance.random()
            if happens < 0.15 and not state.get("settled_on"):
                settled = max(date.fromisoformat(state["issued_on"]), start + timedelta(days=chance.randrange(28)))
                states[key] = state | {"open_amount": 0, "settled_on": str(settled)}
            elif happens < 0.3 and not state.get("settled_on"):
                states[key] = state | {"open_amount": Decimal(state["amount"] * chance.randrange(1, 10)) / 10}
            elif happens < 0.4:
                states[key] = state | {"is_disputed": not state["is_disputed"]}
        # One that is not new may be missing, and reappear on a later list.
        listed = [state for state in states.values() if state["issued_on"] >= str(start) or chance.random() < 0.95]
        take(dbt.warehouse, file_id, str(end), listed)
        expected[end] = aged(listed, end)
    dbt.build(*SELECTION, as_of=str(ends[-1]))

    columns = [f"sum({bucket}_amount) as {bucket}" for bucket in BUCKETS]
    report = f"select as_of, {', '.join(columns)} from receivables_aging_monthly where as_of >= '2025-01-31' group by 1"
    shown = {as_of: dict(zip(BUCKETS, amounts, strict=True)) for as_of, *amounts in rows(dbt.warehouse, report)}
    assert shown == expected
    assert all(sum(expected[end].values()) > 0 for end in ends)


BUCKETS = (
    *("not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90"),
    *("disputed", "unapplied_credit"),
)


def aged(listed: Iterable[Mapping[str, Any]], day: date) -> dict[str, Decimal]:
    """The open amounts of a list by ageing bucket on its date."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for state in listed:
        days = (day - date.fromisoformat(state["due_on"])).days
        if state["open_amount"] < 0:
            bucket = "unapplied_credit"
        elif state["is_disputed"]:
            bucket = "disputed"
        else:
            bucket = BUCKETS[(days > 0) + (days > 30) + (days > 60) + (days > 90)]
        amounts[bucket] += state["open_amount"]
    return {bucket: amounts[bucket] for bucket in BUCKETS}
