"""Modes: upsert, snapshot with its guard, append."""

from typing import Any

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.importing.results import FileResult

DOCS = "doc_id,doc_type,customer_id,issued_on,due_on,amount,open_amount,currency"


def doc(number: int | str, amount: object = 10) -> str:
    return f"D{number},invoice,C1,2025-01-01,2025-02-01,10,{amount},EUR"


def docs(imports: Imports, day: int, numbers: Any, *others: str, **importer: Any) -> FileResult:
    return imports("due_docs", day, DOCS, *map(doc, numbers), *others, **importer)


def live(imports: Imports) -> set[str]:
    return {key for (key,) in imports.stored("due_docs", "doc_id")}


def test_upsert_deletes_nothing(imports: Imports) -> None:
    docs(imports, 1, range(10), mode="upsert")
    found = docs(imports, 2, range(1), mode="upsert")
    assert (counts(found), found.file.rows_deleted) == ({"read": 1, "unchanged": 1}, 0)
    assert len(live(imports)) == 10


@pytest.mark.parametrize("entity", ["due_docs", "inventory"])
def test_due_docs_and_inventory_are_snapshots_by_default(imports: Imports, entity: str) -> None:
    imports("products", 1, "product_id,sku,name", *(f"P{n},S{n},n" for n in range(5)))
    rows = [doc(n) if entity == "due_docs" else f"S{n},1" for n in range(5)]
    header = DOCS if entity == "due_docs" else "sku,quantity_available"
    imports(entity, 2, header, *rows)
    assert imports(entity, 3, header, *rows[1:]).file.rows_deleted == 1


def test_a_snapshot_is_full_and_deletes_what_it_lacks(imports: Imports) -> None:
    docs(imports, 1, range(10))
    found = docs(imports, 2, range(2, 10), doc(10))
    assert counts(found) == {"read": 9, "created": 1, "unchanged": 8}
    assert (found.file.rows_deleted, found.status) == (2, "imported")
    assert live(imports) == {f"D{n}" for n in range(2, 11)}
    deleted = imports.stored("due_docs", "doc_id", "_file_id", "_row_number", where="_deleted_at is not null")
    assert deleted == [("D0", found.file.file_id, 0), ("D1", found.file.file_id, 0)]


def test_a_deleted_record_stays_in_the_table_and_keeps_its_values(imports: Imports) -> None:
    docs(imports, 1, range(10))
    docs(imports, 2, range(1, 10))
    assert imports.stored("due_docs", "doc_id", "open_amount", where="_deleted_at is not null") == [("D0", 10)]


def test_a_record_that_comes_back_is_live_again(imports: Imports) -> None:
    docs(imports, 1, range(10))
    docs(imports, 2, range(1, 10))
    found = docs(imports, 3, range(10))
    assert counts(found) == {"read": 10, "updated": 1, "unchanged": 9}
    assert live(imports) == {f"D{n}" for n in range(10)}


def test_a_deleted_record_is_not_deleted_again(imports: Imports) -> None:
    docs(imports, 1, range(10))
    docs(imports, 2, range(1, 10))
    assert docs(imports, 3, range(1, 10)).file.rows_deleted == 0


def test_master_data_may_be_a_snapshot_as_well(imports: Imports) -> None:
    rows = [f"C{n},n" for n in range(10)]
    imports("customers", 1, "customer_id,name", *rows, mode="snapshot")
    ids = imports.system_ids("customers")
    found = imports(
        "customers", 2, "system_id,customer_id,name", f"{ids['C1']},C100,n", *(f",C{n},n" for n in range(2, 10)),
        mode="snapshot",
    )  # fmt: skip
    assert found.file.rows_deleted == 1
    assert {key for (key,) in imports.stored("customers", "customer_id")} == {"C100", *(f"C{n}" for n in range(2, 10))}


@pytest.mark.parametrize(
    ("missing", "limit", "force", "refused"),
    [
        (3, None, False, False),
        (4, None, False, True),
        (4, None, True, False),
        (10, None, False, True),
        (4, 40, False, False),
        (5, 40, False, True),
        (1, 0, False, True),
        (0, 0, False, False),
        (10, 100, False, False),
    ],
)
def test_a_snapshot_that_would_delete_more_than_the_limit_is_refused(
    imports: Imports, missing: int, limit: float | None, *, force: bool, refused: bool
) -> None:
    docs(imports, 1, range(10))
    importer = {} if limit is None else {"shrink_limit_percent": limit}
    found = docs(imports, 2, range(missing, 10), doc("new"), force=force, **importer)
    if refused:
        assert (found.status, found.file.error_code, counts(found)) == (
            "refused",
            "shrink_guard",
            {"read": 11 - missing},
        )
        assert f"The file lacks {missing} of the 10 records of erp" in str(found.file.error)
        assert live(imports) == {f"D{n}" for n in range(10)}
        assert (imports.drop.root / "due_docs" / "refused" / "2025-01-02.csv").exists()
    else:
        assert (found.status, found.file.rows_deleted) == ("imported", missing)
        assert live(imports) == {f"D{n}" for n in range(missing, 10)} | {"Dnew"}


def test_the_limit_is_a_share_of_what_is_live(imports: Imports) -> None:
    docs(imports, 1, range(10))
    docs(imports, 2, range(3, 10))
    assert docs(imports, 3, range(5, 10)).file.rows_deleted == 2
    assert docs(imports, 4, range(7, 10)).file.error_code == "shrink_guard"


def test_a_refused_snapshot_may_still_say_which_rows_are_rejected(imports: Imports) -> None:
    docs(imports, 1, range(10))
    found = docs(imports, 2, range(5), doc(5, "much"))
    assert (found.file.error_code, found.file.rows_rejected) == ("shrink_guard", 1)
    assert imports.entries("key", "code", "status") == [("D5", "not_a_number", "rejected")]


@pytest.mark.parametrize("broken", [doc(0, "much"), f"{doc(0)}\n{doc(0)}"])
def test_the_record_of_a_rejected_row_is_not_deleted(imports: Imports, broken: str) -> None:
    """It has a bad cell, or occurs twice."""
    docs(imports, 1, range(10))
    found = docs(imports, 2, range(2, 10), broken)
    assert (found.file.rows_deleted, found.file.warnings.get("not_deleted")) == (1, None)
    assert "D0" in live(imports)


def test_the_records_of_rows_whose_key_can_be_read_in_part_are_not_deleted(imports: Imports) -> None:
    imports("products", 1, "product_id,sku,name", *(f"P{n},S{n},n" for n in range(10)))
    header = "sku,warehouse_id,quantity_available"
    imports("inventory", 1, header, *(f"S{n},W1,1" for n in range(10)), "S0,W2,1")
    long = "W" * 300
    found = imports("inventory", 2, header, f"S0,{long},1", *(f"S{n},W1,1" for n in range(2, 10)))
    assert found.file.rows_deleted == 1
    assert [row for row in imports.stored("inventory", "sku", "warehouse_id") if row[0] < "S2"] == [
        ("S0", "W1"),
        ("S0", "W2"),
    ]


def test_nothing_is_deleted_when_a_rows_key_cannot_be_read(imports: Imports) -> None:
    docs(imports, 1, range(10))
    found = docs(imports, 2, range(2, 10), "D0,invoice")
    assert counts(found) == {"read": 9, "unchanged": 8, "rejected": 1}
    assert found.file.rows_deleted == 0
    assert found.file.warnings["not_deleted"] == 2
    assert len(live(imports)) == 10


def test_the_guard_does_not_refuse_deletions_that_are_held_back_anyway(imports: Imports) -> None:
    docs(imports, 1, range(10))
    found = docs(imports, 2, range(1), "D0,invoice")
    assert (found.status, found.file.warnings["not_deleted"]) == ("imported_with_errors", 9)


@pytest.mark.parametrize("row", ["{0},C99,n,much", "{0},C2,n,1"])
def test_the_record_that_a_rejected_row_means_by_system_id_is_not_deleted(imports: Imports, row: str) -> None:
    """The row gives another external key, and has a bad cell or a conflict."""
    rows = [f"C{n},n" for n in range(10)]
    imports("customers", 1, "customer_id,name", *rows, mode="snapshot")
    first = imports.system_ids("customers")["C0"]
    others = [f",C{n},n,1" for n in range(1, 10)]
    imports("customers", 2, "system_id,customer_id,name,credit_limit", row.format(first), *others, mode="snapshot")
    assert ("C0",) in imports.stored("customers", "customer_id")


def test_the_record_of_a_deferred_row_is_not_deleted(imports: Imports) -> None:
    waits = {"references": {"customer_id": "wait"}}
    imports("customers", 1, "customer_id,name", "C1,n")
    docs(imports, 1, range(10), **waits)
    found = docs(imports, 2, range(1, 10), doc(0).replace("C1", "C9"), **waits)
    assert counts(found) == {"read": 10, "unchanged": 9, "waiting": 1}
    assert (found.file.rows_deleted, len(live(imports))) == (0, 10)
    imports("customers", 3, "customer_id,name", "C9,n")
    assert imports.stored("due_docs", "customer_id", where="doc_id = 'D0'") == [("C9",)]


def test_records_of_another_source_are_not_deleted(imports: Imports) -> None:
    docs(imports, 1, range(10))
    imports.drop.execute("update raw.due_docs set _source = 'crm' where doc_id in ('D8', 'D9')")
    found = docs(imports, 2, range(1, 8))
    assert (found.file.rows_deleted, live(imports)) == (1, {f"D{n}" for n in range(1, 10)})
    assert docs(imports, 3, range(4, 8)).file.error_code == "shrink_guard"


def test_a_snapshot_older_than_the_last_one_deletes_and_creates_nothing(imports: Imports) -> None:
    docs(imports, 1, range(10))
    docs(imports, 3, range(10))
    found = docs(imports, 2, range(1, 10), doc("new"))
    assert counts(found) == {"read": 10, "unchanged": 10}
    assert (found.file.rows_deleted, found.file.warnings["stale"]) == (0, 1)
    assert live(imports) == {f"D{n}" for n in range(10)}


def test_force_applies_an_older_snapshot(imports: Imports) -> None:
    docs(imports, 1, range(10))
    docs(imports, 3, range(10))
    found = docs(imports, 2, range(1, 10), doc("new"), force=True)
    assert counts(found) == {"read": 10, "created": 1, "unchanged": 9}
    assert live(imports) == {*(f"D{n}" for n in range(1, 10)), "Dnew"}


def test_the_corrected_rows_of_a_snapshot_are_not_a_full_snapshot(imports: Imports) -> None:
    docs(imports, 1, range(10))
    docs(imports, 2, range(5), *(doc(n, "much") for n in range(5, 10)))
    corrected = imports.error_file("due_docs").replace("much", "11")
    for day, name in ((2, "2025-01-02.csv.errors.csv"), (3, "2025-01-03_corrected.csv")):
        found = imports("due_docs", day, *corrected.splitlines(), name=name)
        assert found.file.rows_deleted == 0
        assert len(live(imports)) == 10
    assert imports.counts()[2:] == [{"read": 5, "updated": 5}, {"read": 5, "unchanged": 5}]


def test_append_loads_new_keys_only(imports: Imports) -> None:
    docs(imports, 1, range(3), mode="append")
    found = docs(imports, 2, range(1, 2), doc(2, 99), doc(3), mode="append")
    assert counts(found) == {"read": 3, "created": 1, "unchanged": 2}
    assert imports.stored("due_docs", "doc_id", "open_amount") == [(f"D{n}", 10) for n in range(4)]


def test_append_also_loads_older_files_and_leaves_deleted_records(imports: Imports) -> None:
    docs(imports, 5, range(3), mode="append")
    imports.drop.execute("update raw.due_docs set _deleted_at = now() where doc_id = 'D2'")
    found = docs(imports, 4, range(5), mode="append")
    assert (counts(found), found.file.warnings.get("stale")) == ({"read": 5, "created": 2, "unchanged": 3}, None)
    assert live(imports) == {"D0", "D1", "D3", "D4"}


def test_append_keeps_to_the_rules_of_identity(imports: Imports) -> None:
    imports("products", 1, "product_id,sku,name", "P1,S1,n")
    found = imports("products", 2, "product_id,sku,name", "P1,S9,other", "P2,S1,n", "P3,S3,n", "P3,S4,n", mode="append")
    assert counts(found) == {"read": 4, "unchanged": 1, "rejected": 3}
