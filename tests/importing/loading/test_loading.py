"""What a file does to the warehouse: every row is counted once, by its outcome."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.importing.drop import Drop, counts, csv
from wiseparts_pipeline.importing.ledger.outcome import Status

QUOTES = {"quoted_on": {"constant": "2025-01-31"}, "currency": {"constant": "EUR"}}
DATABASE = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

key = st.tuples(st.sampled_from(["A", "B", "a", "00A", "Ä"]), st.integers(1, 3))
amount = st.sampled_from(["", "1", "1.0", "-2.5", "0.000001"])
quote = st.tuples(
    key, st.sampled_from(["open", "won", "bad"]), amount, st.sampled_from(["", "x", "\\.", 'a"b', "NULL "])
)


def quotes_file(rows: list[tuple[tuple[str, int], str, str, str]]) -> str:
    lines = [
        f'{quote_id},{line},{status},{amount},"{note.replace(chr(34), chr(34) * 2)}"'
        for (quote_id, line), status, amount, note in rows
    ]
    return csv("quote_id,line_no,status,net_amount,lost_reason", lines)


class Table:
    """What the table of quotes should hold, and what a file should do to it."""

    def __init__(self, duplicates: str) -> None:
        self.duplicates = duplicates
        self.records: dict[tuple[str, int], tuple[Any, ...]] = {}

    def take(self, rows: list[tuple[tuple[str, int], str, str, str]]) -> Counter[str]:
        expected = Counter(read=len(rows))
        good = [row for row in rows if row[1] != "bad"]
        expected["rejected"] = len(rows) - len(good)
        times = Counter(row[0] for row in good)
        if self.duplicates == "reject":
            expected["rejected"] += sum(1 for row in good if times[row[0]] > 1)
            kept = {row[0]: row for row in good if times[row[0]] == 1}
        else:
            kept = {row[0]: row for row in (good if self.duplicates == "last" else reversed(good))}
            expected["superseded"] = len(good) - len(kept)
        for key_, (_, status, amount_, note) in kept.items():
            cell = note.strip()
            record = (status, Decimal(amount_) if amount_ else None, cell if cell not in ("", "NULL") else None)
            expected[
                "unchanged" if self.records.get(key_) == record else "updated" if key_ in self.records else "created"
            ] += 1
            self.records[key_] = record
        return +expected


@pytest.mark.parametrize("duplicates", ["reject", "first", "last"])
@DATABASE
@given(files=st.lists(st.lists(quote, min_size=1, max_size=12), min_size=2, max_size=3))
def test_successive_files_leave_what_their_rows_say(files: Any, duplicates: str, drop: Drop) -> None:
    quotes = drop.of("quotes", columns=QUOTES, duplicates=duplicates)
    quotes.execute("truncate raw.quotes, ops.import_files, ops.rejected_entries")
    table = Table(duplicates)
    for number, rows in enumerate(files):
        expected = table.take(rows)
        found = quotes.imported(f"{number}.csv", quotes_file(rows))
        assert counts(found) == expected
        assert found.status is (Status.IMPORTED_WITH_ERRORS if expected["rejected"] else Status.IMPORTED)
    stored = quotes.stored("quote_id", "line_no", "status", "net_amount", "lost_reason")
    assert {(row[0], row[1]): row[2:] for row in stored} == table.records


DIRTY_CELLS = {
    "invoice_id": ["I1", "I2", "I3", "", "x" * 300],
    "line_no": ["1", "2", "1.0", "1.5", ""],
    "invoice_date": ["2025-01-31", "2025-02-31", ""],
    "customer_id": ["C1", "C9", ""],
    "quantity": ["1", "x", ""],
    "net_amount": ["1.5", "1e20", "1.0000001", ""],
}
dirty_row = st.tuples(*(st.sampled_from([cells[0], cells[0], *cells]) for cells in DIRTY_CELLS.values()))
odd_line = st.sampled_from(
    ["", "I1,1", "I1,1,2025-01-31,C1,1,1,surplus", '"I1,1\n2",1,2025-01-31,,1,1', "\xff,1,2025-01-31,,1,1"]
)


@DATABASE
@given(
    lines=st.lists(dirty_row.map(",".join) | dirty_row.map(",".join) | odd_line, min_size=1, max_size=60),
    duplicates=st.sampled_from(["reject", "first", "last"]),
    reference=st.sampled_from(["warn", "reject", "wait"]),
    numbered=st.booleans(),
    force=st.booleans(),
)
def test_every_row_of_any_file_is_loaded_or_reported(
    lines: list[str], duplicates: str, reference: str, numbered: bool, force: bool, drop: Drop
) -> None:
    columns: dict[str, Any] = {"unit_price": {"expression": "net_amount / quantity"}, "currency": {"constant": "EUR"}}
    if numbered:
        columns["line_no"] = {"sequence_within": "invoice_id"}
    sales = drop.of("sales", columns=columns, duplicates=duplicates, references={"customer_id": reference})
    sales.execute("truncate raw.sales, ops.import_files, ops.rejected_entries, ops.waiting_rows, ops.deferred_entries")
    content = csv(",".join(DIRTY_CELLS), lines).encode("utf-8").replace("\xff".encode(), b"\xff")
    for name in ("first.csv", "again.csv"):
        result = sales.imported(name, content, force=force)
        counted = counts(result)
        reported = sales.rows(
            "select status, count(distinct row_number) from ops.rejected_rows where file_id = %s group by status",
            result.file.file_id,
        )
        assert {status: counted[status] for status in ("rejected", "waiting") if counted.get(status)} == dict(reported)
        read = sum(bool(line) for line in lines)
        assert counted.pop("read", 0) == read
        if result.status is Status.REFUSED:
            assert read >= 20
            assert counted["rejected"] * 2 > read
            assert not force
            assert not sales.stored("1")
        else:
            assert read == sum(counted.values())
            not_loaded = sum(counted.get(name, 0) for name in ("rejected", "superseded", "waiting"))
            assert len(sales.stored("1")) == read - not_loaded
    assert set(counted) <= {"rejected", "superseded", "waiting", "unchanged"}


def test_an_empty_cell_clears_and_a_missing_column_leaves_the_value(drop: Drop) -> None:
    customers = drop.of("customers")
    customers.imported("1.csv", "customer_id,name,city,phone\nC1,Anna,Athens,1\nC2,Bert,Berlin,2\n")
    found = customers.imported("2.csv", "customer_id,name,city\nC1,Anna,\nC2,Bert,Berlin\n")
    assert counts(found) == {"read": 2, "updated": 1, "unchanged": 1}
    assert customers.stored("customer_id", "city", "phone") == [("C1", None, "1"), ("C2", "Berlin", "2")]


def test_a_record_needs_its_name_when_it_is_created_only(drop: Drop) -> None:
    customers = drop.of("customers")
    customers.imported("1.csv", "customer_id,name\nC1,Anna\n")
    found = customers.imported("2.csv", "customer_id,city\nC1,Athens\nC2,Berlin\n")
    assert counts(found) == {"read": 2, "updated": 1, "rejected": 1}
    assert customers.rejects("row_number", "key", "column_name", "code") == [(2, "C2", "name", "missing_required")]
    assert customers.stored("customer_id", "name", "city") == [("C1", "Anna", "Athens")]


def test_a_record_keeps_our_key_and_its_creation_time(drop: Drop) -> None:
    customers = drop.of("customers")
    customers.imported("1.csv", "customer_id,name\nC1,Anna\n")
    before = customers.stored("system_id", "_created_at", "_file_id", "_row_number", "_source")
    found = customers.imported("2.csv", "customer_id,name\nC0,Zoe\nC1,Annie\n")
    after = customers.stored(
        "system_id", "_created_at", "_file_id", "_row_number", "_source", where="customer_id = 'C1'"
    )
    assert after[0][:2] == before[0][:2]
    assert after[0][2:] == (found.file.file_id, 2, "erp")
    assert customers.stored("1", where="_updated_at > _created_at") == [(1,)]


def test_defaults_fill_what_a_new_record_lacks(drop: Drop) -> None:
    sales = drop.of("sales")
    header = "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency"
    sales.imported("1.csv", f"{header}\nI1,1,2025-01-31,1,1,1,EUR\n")
    sales.imported(
        "2.csv", f"{header},document_type\nI1,2,2025-01-31,1,1,1,EUR,\nI1,3,2025-01-31,1,1,1,EUR,credit_note\n"
    )
    sales.imported("3.csv", f"{header}\nI1,3,2025-01-31,1,1,2,EUR\n")
    assert sales.stored("line_no", "document_type", "net_amount") == [
        (1, "invoice", 1),
        (2, "invoice", 1),
        (3, "credit_note", 2),
    ]


@pytest.mark.parametrize("stored_before", ["", "P9,S9,Nine\n"])
def test_a_sku_belongs_to_one_product_of_a_file(drop: Drop, stored_before: str) -> None:
    products = drop.of("products")
    if stored_before:
        products.imported("0.csv", f"product_id,sku,name\n{stored_before}")
    found = products.imported("1.csv", "product_id,sku,name\nP1,S1,a\nP2,S1,b\nP3,S3,c\nP4,,d\nP5,,e\n")
    assert counts(found) == {"read": 5, "created": 1, "rejected": 4}
    assert [row[:3] for row in products.rejects()] == [
        (1, "sku", "duplicate_in_file"),
        (2, "sku", "duplicate_in_file"),
        (4, "sku", "missing_required"),
        (5, "sku", "missing_required"),
    ]
    assert "S1 occurs 2 times in the file, first in row 1 and last in row 2" in products.rejects("message")[0][0]


def test_a_sku_of_another_product_is_a_conflict(drop: Drop) -> None:
    products = drop.of("products")
    products.imported("1.csv", "product_id,sku,name\nP1,S1,a\nP2,S2,b\n")
    found = products.imported("2.csv", "product_id,sku,name\nP1,S2,a\nP2,S2b,b\nP3,S1,c\n")
    assert counts(found) == {"read": 3, "updated": 1, "rejected": 2}
    assert products.rejects() == [(1, "sku", "identity_conflict"), (3, "sku", "identity_conflict")]
    assert products.rejects("message")[0] == ("sku S2 already belongs to P2. Correct one of the two.",)
    assert products.stored("product_id", "sku") == [("P1", "S1"), ("P2", "S2b")]


@pytest.mark.parametrize("policy", ["warn", "reject"])
def test_an_unknown_reference_is_counted_or_rejected(drop: Drop, policy: str) -> None:
    drop.of("customers").imported("c.csv", "customer_id,name\nC1,Anna\n")
    quotes = drop.of("quotes", columns=QUOTES, references={"customer_id": policy})
    text = "quote_id,line_no,status,customer_id\nQ1,1,won,C1\nQ1,2,won,C9\nQ1,3,won,\nQ1,4,won,c1\n"
    for name, done in (("1.csv", "created"), ("2.csv", "unchanged")):
        found = quotes.imported(name, text)
        if policy == "warn":
            assert counts(found) == {"read": 4, done: 4}
            assert found.file.warnings["unknown_reference"] == 2
        else:
            assert counts(found) == {"read": 4, done: 2, "rejected": 2}
            assert found.file.warnings.get("unknown_reference") is None
    if policy == "reject":
        assert quotes.rejects()[:2] == [
            (2, "customer_id", "unknown_reference"),
            (4, "customer_id", "unknown_reference"),
        ]


def test_lists_and_json_are_compared_by_value(drop: Drop) -> None:
    products = drop.of("products")
    header = "product_id,sku,name,collection_ids,attributes"
    products.imported("1.csv", f'{header}\nP1,S1,a,A|B,"{{""x"": 1, ""y"": 2}}"\nP2,S2,b,,\n')
    found = products.imported("2.csv", f'{header}\nP1,S1,a,"[""A"", ""B""]","{{""y"": 2, ""x"": 1.0}}"\nP2,S2,b,A,\n')
    assert counts(found) == {"read": 2, "updated": 1, "unchanged": 1}
    assert products.stored("product_id", "collection_ids", "attributes") == [
        ("P1", ["A", "B"], {"x": 1, "y": 2}),
        ("P2", ["A"], None),
    ]


def test_a_sequence_numbers_lines_in_file_order_and_rejected_ones_keep_their_number(drop: Drop) -> None:
    quotes = drop.of("quotes", columns=QUOTES | {"line_no": {"sequence_within": "quote_id"}})
    rows = ["A,won,1", "B,won,2", "A,bad,3", "A,won,4", "B,won,5", "A,won,6"]
    found = quotes.imported("1.csv", csv("quote_id,status,net_amount", rows))
    assert counts(found) == {"read": 6, "created": 5, "rejected": 1}
    expected = [("A", 1, 1), ("A", 3, 4), ("A", 4, 6), ("B", 1, 2), ("B", 2, 5)]
    assert quotes.stored("quote_id", "line_no", "net_amount") == expected
    corrected = quotes.imported(
        "2.csv", csv("quote_id,status,net_amount", [row.replace("bad", "lost") for row in rows])
    )
    assert counts(corrected) == {"read": 6, "created": 1, "unchanged": 5}
    assert quotes.stored("quote_id", "line_no", "net_amount") == sorted([*expected, ("A", 2, 3)])


@pytest.mark.parametrize(
    ("rows", "bad", "limit", "force", "refused"),
    [
        (19, 19, 50, False, False),
        (20, 10, 50, False, False),
        (20, 11, 50, False, True),
        (20, 11, 50, True, False),
        (20, 20, 100, False, False),
        (100, 1, 0, False, True),
        (100, 0, 0, False, False),
    ],
)
def test_a_file_with_too_many_rejects_is_refused(
    drop: Drop, rows: int, bad: int, limit: int, force: bool, refused: bool
) -> None:
    quotes = drop.of("quotes", columns=QUOTES, reject_limit_percent=limit)
    lines = [f"Q{number},1,{'bad' if number < bad else 'won'}" for number in range(rows)]
    found = quotes.imported("1.csv", csv("quote_id,line_no,status", lines), force=force)
    assert (found.status is Status.REFUSED) is refused
    assert found.file.error_code == ("too_many_rejects" if refused else None)
    assert len(quotes.stored("1")) == (0 if refused else rows - bad)
    assert len(quotes.rejects()) == bad
    assert quotes.names("refused" if refused else "processed") == ["1.csv"]
    assert quotes.names("errors") == (["1.csv.errors.csv"] if bad else [])


def test_the_planner_knows_at_once_that_the_records_of_a_new_table_are_not_deleted(drop: Drop) -> None:
    folder = drop.of("products")
    drop.execute("truncate raw.products; delete from pg_statistic where starelid = 'raw.products'::regclass")
    folder.imported("1.csv", csv("product_id,sku,name", [f"P{number},S{number},n" for number in range(1000)]))
    ((plan,),) = drop.rows("explain (format json) select from raw.products where _deleted_at is null")
    assert plan[0]["Plan"]["Plan Rows"] == 1000


def test_a_table_created_before_a_column_was_added_gets_it(drop: Drop) -> None:
    customers = drop.of("customers")
    customers.imported("1.csv", "customer_id,name\nC1,Anna\n")
    customers.execute("alter table raw.customers drop column language")
    drop.warehouse.prepare()
    customers.imported("2.csv", "customer_id,name,language\nC1,Anna,el\n")
    assert customers.stored("language") == [("el",)]


def test_text_is_kept_as_it_came(drop: Drop) -> None:
    customers = drop.of("customers")
    cells = [
        "00123",
        "1E5",
        "\\N",
        "\\.",
        "{a,b}",
        "O'Brien; drop table x",
        "a\tb",
        'say "hi"',
        "Γειά σου",
        "a\u2028b",
        "😀",
    ]
    rows = [f'{number},"{cell.replace(chr(34), chr(34) * 2)}"' for number, cell in enumerate(cells)]
    for name in ("1.csv", "2.csv"):
        found = customers.imported(name, csv("customer_id,name", rows))
    assert counts(found) == {"read": len(cells), "unchanged": len(cells)}
    assert dict(customers.stored("customer_id::int", "name")) == dict(enumerate(cells))
