"""References: an unknown value defers the row, is counted as a warning, or rejects the row."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports
from tests.waiting import eventually
from wiseparts_pipeline.importing.rejects import first_rejected
from wiseparts_pipeline.importing.results import FileResult

INVENTORY = "sku,quantity_available"
PRODUCTS = "product_id,sku,name"
SALES = "invoice_id,line_no,invoice_date,branch_id,customer_id,quantity,unit_price,net_amount,currency"
BRANCH_WAITS: dict[str, Any] = {"references": {"branch_id": "wait"}}
BOTH_WAIT: dict[str, Any] = {"references": {"branch_id": "wait", "customer_id": "wait"}}
UPSERT: dict[str, Any] = {"mode": "upsert"}


def sale(invoice: str, branch: str = "", customer: str = "", amount: int = 1) -> str:
    return f"{invoice},1,2025-01-01,{branch},{customer},1,{amount},{amount},EUR"


def test_by_default_only_rows_whose_reference_says_so_are_deferred(imports: Imports) -> None:
    waiting = {
        "inventory": (INVENTORY, "S1,1"),
        "customer_branches": ("branch_id,customer_id,name", "B1,C1,n"),
        "contacts": ("contact_id,customer_id", "K1,C1"),
        "addresses": ("address_id,customer_id,kind", "A1,C1,billing"),
    }
    for entity, lines in waiting.items():
        assert counts(imports(entity, 1, *lines)) == {"read": 1, "waiting": 1}, entity
    loaded = {
        "products": ("product_id,sku,name,family_id,category_id", "P1,S9,n,F1,K1", 2),
        "sales": (SALES + ",product_id", sale("I1", "B1", "C1") + ",P9", 3),
        "orders": (
            "order_id,line_no,placed_at,channel,status,customer_id,sku,quantity,unit_price,net_amount,currency",
            "O1,1,2025-01-01,web,draft,C1,S0,1,1,1,EUR",
            2,
        ),
    }
    for entity, (header, row, references) in loaded.items():
        found = imports(entity, 1, header, row)
        assert counts(found) == {"read": 1, "created": 1}, entity
        assert found.file.warnings == {"unknown_reference": references}, entity


@pytest.mark.parametrize("is_first_file", [True, False])
@pytest.mark.parametrize("policy", ["warn", "reject", "wait"])
def test_an_importer_may_override_the_policy(imports: Imports, policy: str, *, is_first_file: bool) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    if not is_first_file:
        imports("sales", 1, SALES, sale("I0"))
    rows = [sale("I1", customer="C1"), sale("I2", customer="C9"), sale("I3"), sale("I4", customer="c1")]
    found = imports("sales", 2, SALES, *rows, references={"customer_id": policy})
    done = {"warn": "created", "reject": "rejected", "wait": "waiting"}[policy]
    assert counts(found) == ({"read": 4, "created": 4} if policy == "warn" else {"read": 4, "created": 2, done: 2})
    entries = (
        []
        if policy == "warn"
        else [(2, "customer_id", "unknown_reference", "C9", done), (4, "customer_id", "unknown_reference", "c1", done)]
    )
    assert imports.entries("row_number", "column_name", "code", "value", "status") == entries
    assert found.file.warnings == ({"unknown_reference": 2} if policy == "warn" else {})


def test_a_reference_to_a_deleted_record_is_unknown(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,n")
    imports.drop.execute("update raw.products set _deleted_at = now()")
    assert counts(imports("inventory", 2, INVENTORY, "S1,1")) == {"read": 1, "waiting": 1}
    assert counts(imports("products", 3, PRODUCTS, "P1,S1,n")) == {"read": 1, "updated": 1}
    assert imports.counts()[1] == {"read": 1, "created": 1}


def test_a_deferred_row_is_loaded_as_soon_as_the_referenced_record_arrives(imports: Imports) -> None:
    found = imports("inventory", 1, f"{INVENTORY},eta", "S1,5.25,2025-03-01", "S2,7,")
    assert counts(found) == {"read": 2, "waiting": 2}
    assert (found.status, [entry.code for entry in found.rejected]) == (
        "imported_with_errors",
        ["unknown_reference"] * 2,
    )
    assert "The row waits and is loaded automatically when it arrives" in found.rejected[0].message
    assert imports.stored("inventory", "sku") == []

    imports("products", 2, PRODUCTS, "P1,S1,n")
    assert imports.stored("inventory", "sku", "warehouse_id", "quantity_available", "eta", "_row_number") == [
        ("S1", "MAIN", 5.25, date(2025, 3, 1), 1)
    ]
    assert imports.counts()[0] == {"read": 2, "created": 1, "waiting": 1}
    assert imports.log("status")[0] == ("imported_with_errors",)
    assert imports.entries("value", "status") == [("S1", "resolved"), ("S2", "waiting")]
    with imports.drop.warehouse.connect() as connection:
        assert [row.value for row in first_rejected(connection, found.file.file_id, 10)] == ["S2"]

    imports("products", 3, PRODUCTS, "P2,S2,n")
    assert imports.counts() == [{"read": 2, "created": 2}, {"read": 1, "created": 1}, {"read": 1, "created": 1}]
    assert imports.log("status") == [("imported",)] * 3
    file, earlier, by = (file_id for (file_id,) in imports.log("file_id"))
    assert imports.stored("inventory", "sku", "_file_id", "_source") == [("S1", file, "erp"), ("S2", file, "erp")]
    assert imports.entries("status", "resolved_by_file_id", "resolved_at is not null") == [
        ("resolved", earlier, True),
        ("resolved", by, True),
    ]
    with imports.drop.warehouse.connect() as connection:
        assert first_rejected(connection, file, 10) == []
    assert imports.drop.rows("select * from ops.waiting_rows") == []


def test_deferred_rows_are_released_in_the_transaction_of_the_file_that_brings_the_record(imports: Imports) -> None:
    imports("inventory", 1, INVENTORY, "S1,5")
    before = imports.counts()
    found = imports("products", 2, PRODUCTS, "P1,S1,n", dry_run=True)
    assert counts(found) == {"read": 1, "created": 1}
    assert (imports.counts(), imports.stored("inventory", "sku")) == (before, [])


def test_a_refused_file_releases_nothing(imports: Imports) -> None:
    imports("inventory", 1, INVENTORY, "S1,5")
    rows = ["P1,S1,n", *(f"P{number},S{number}," for number in range(2, 30))]
    assert imports("products", 2, PRODUCTS, *rows).file.error_code == "too_many_rejects"
    assert imports.counts()[0] == {"read": 1, "waiting": 1}


def test_values_of_every_type_are_deferred_unchanged(imports: Imports) -> None:
    header = "product_id,sku,name,category_id,collection_ids,list_price,min_order_qty,attributes,media_urls"
    row = 'P1,S1,"a ""b"", \\N",K1,x|y,1234567890.123456,0.1,"{""a"": [1, 2.50]}",'
    imports("products", 1, header, row, references={"category_id": "wait"})
    imports("categories", 2, "category_id,path", "K1,Brakes")
    waited = imports.stored("products", *header.split(","))
    imports.drop.execute("delete from raw.products")
    imports("products", 3, header, row)
    assert imports.stored("products", *header.split(",")) == waited
    assert waited[0][2] == 'a "b", \\N'


def test_a_time_is_deferred_unchanged(imports: Imports) -> None:
    header = "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency"
    row = "O1,1,2025-07-01 10:30:00.123456,web,draft,C1,1,1,1,EUR"
    formats: dict[str, Any] = {"file": {"date_formats": ["%Y-%m-%d %H:%M:%S.%f"]}, "timezone": "Europe/Athens"}
    imports("orders", 1, header, row, references={"customer_id": "wait"}, **formats)
    imports("customers", 2, "customer_id,name", "C1,n")
    assert counts(imports("orders", 3, header, row, **formats)) == {"read": 1, "unchanged": 1}


def test_a_row_deferred_for_two_records_has_an_entry_for_each_and_needs_both(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    found = imports("sales", 2, SALES, sale("I1", "B1", "C2"), **BOTH_WAIT)
    assert counts(found) == {"read": 1, "waiting": 1}
    assert imports.entries("row_number", "column_name", "value", "status") == [
        (1, "customer_id", "C2", "waiting"),
        (1, "branch_id", "B1", "waiting"),
    ]
    imports("customer_branches", 3, "branch_id,customer_id,name", "B1,C1,n")
    assert imports.counts()[1] == {"read": 1, "waiting": 1}
    imports("customers", 4, "customer_id,name", "C2,n")
    assert imports.counts()[1] == {"read": 1, "created": 1}
    assert imports.entries("status", where="column_name in ('customer_id', 'branch_id')") == [("resolved",)] * 2
    assert imports.stored("sales", "branch_id", "customer_id") == [("B1", "C2")]


def test_of_a_files_deferred_rows_some_may_change_records_and_others_create_them(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    imports("sales", 2, SALES, sale("I1", customer="C1"), sale("I2", customer="C1"))
    rows = [sale("I0", customer="C9"), sale("I1", customer="C9"), sale("I2", customer="C9"), sale("I3", customer="C8")]
    imports("sales", 3, SALES, *rows, references={"customer_id": "wait"})
    imports("sales", 4, SALES, sale("I2", customer="C1"))
    imports("customers", 5, "customer_id,name", "C9,n")
    assert imports.counts()[2] == {"read": 4, "created": 1, "updated": 1, "superseded": 1, "waiting": 1}
    assert imports.stored("sales", "invoice_id", "customer_id", "_row_number") == [
        ("I0", "C9", 1),
        ("I1", "C9", 2),
        ("I2", "C1", 2),
    ]
    assert imports.entries("row_number", "status") == [
        (1, "resolved"),
        (2, "resolved"),
        (3, "resolved"),
        (4, "waiting"),
    ]


def test_a_chain_of_deferred_rows_is_loaded_as_a_whole(imports: Imports) -> None:
    imports("sales", 1, SALES, sale("I1", "B1"), sale("I2", "B2"), **BRANCH_WAITS)
    imports("customer_branches", 2, "branch_id,customer_id,name", "B1,C1,n", "B2,C2,n")
    assert imports.counts() == [{"read": 2, "waiting": 2}, {"read": 2, "waiting": 2}]
    imports("customers", 3, "customer_id,name", "C1,n")
    assert imports.counts() == [
        {"read": 2, "created": 1, "waiting": 1},
        {"read": 2, "created": 1, "waiting": 1},
        {"read": 1, "created": 1},
    ]
    imports("customers", 4, "customer_id,name", "C2,n")
    assert imports.stored("sales", "invoice_id", "branch_id") == [("I1", "B1"), ("I2", "B2")]
    assert set(imports.log("status")) == {("imported",)}


def test_a_record_whose_key_is_changed_releases_rows_deferred_for_the_new_key(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,n")
    imports("inventory", 2, INVENTORY, "S2,5")
    assert counts(imports("products", 3, PRODUCTS, "P1,S2,n")) == {"read": 1, "updated": 1}
    assert imports.stored("inventory", "sku") == [("S2",)]


def test_a_deferred_row_is_never_loaded_over_a_newer_value_of_the_same_key(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    header = "branch_id,customer_id,name"
    imports("customer_branches", 5, header, "B1,C1,newer")
    late = imports("customer_branches", 4, header, "B1,C9,older", "B2,C9,other")
    assert counts(late) == {"read": 2, "unchanged": 1, "waiting": 1}
    imports("customers", 6, "customer_id,name", "C9,n")
    assert imports.stored("customer_branches", "branch_id", "name") == [("B1", "newer"), ("B2", "other")]


@pytest.mark.parametrize("days", [(1, 2), (2, 1)])
def test_a_released_row_supersedes_older_deferred_ones_in_whichever_order_they_came(
    imports: Imports, days: tuple[int, int]
) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    rows = {1: "B1,C8,older", 2: "B1,C9,newer"}
    for day in days:
        imports("customer_branches", day, "branch_id,customer_id,name", rows[day])
    imports("customers", 3, "customer_id,name", "C9,n")
    counted = dict(zip(days, imports.counts()[1:3], strict=True))
    assert counted == {1: {"read": 1, "superseded": 1}, 2: {"read": 1, "created": 1}}
    imports("customers", 4, "customer_id,name", "C8,n")
    assert imports.stored("customer_branches", "name") == [("newer",)]


def test_a_released_row_supersedes_none_of_another_key(imports: Imports) -> None:
    """Of the file whose row is released, another row goes on waiting: for something else than the older one."""
    imports("customers", 1, "customer_id,name", "C1,n")
    header = "branch_id,customer_id,name"
    imports("customer_branches", 2, header, "B1,C8,older")
    imports("customer_branches", 3, header, "B1,C9,newer", "B2,C2,n")
    imports("customers", 4, "customer_id,name", "C2,n")
    assert imports.counts()[1:3] == [{"read": 1, "waiting": 1}, {"read": 2, "created": 1, "waiting": 1}]
    imports("customers", 5, "customer_id,name", "C8,n")
    assert imports.stored("customer_branches", "name") == [("n",), ("older",)]


@pytest.mark.parametrize("sku", ["S1", "S2"])
def test_a_deferred_row_that_a_later_file_supersedes_is_resolved(imports: Imports, sku: str) -> None:
    """The later row is loaded, or deferred as well."""
    imports("products", 1, PRODUCTS, "P1,S1,n")
    imports.drop.execute("update raw.products set _deleted_at = now()")
    imports("inventory", 2, INVENTORY, f"{sku},5", **UPSERT)
    imports.drop.execute("update raw.products set _deleted_at = null")
    later = imports("inventory", 3, INVENTORY, f"{sku},6", **UPSERT)
    assert counts(later) == {"read": 1, "created" if sku == "S1" else "waiting": 1}
    assert imports.counts()[1] == {"read": 1, "superseded": 1}
    assert imports.log("status")[1] == ("imported",)
    assert imports.entries("status", "resolved_by_file_id")[0] == ("resolved", later.file.file_id)
    imports("products", 4, PRODUCTS, "P2,S2,n")
    assert imports.stored("inventory", "sku", "quantity_available") == [(sku, 6)]


def test_a_row_with_fewer_columns_is_deferred_after_the_earlier_one(imports: Imports) -> None:
    header = "branch_id,customer_id,name,phone"
    imports("customer_branches", 1, header, "B1,C9,n,1")
    imports("customer_branches", 2, header.removesuffix(",phone"), "B1,C9,newer")
    imports("customers", 3, "customer_id,name", "C9,n")
    assert imports.stored("customer_branches", "name", "phone") == [("newer", "1")]
    assert imports.counts()[:2] == [{"read": 1, "created": 1}, {"read": 1, "updated": 1}]


def test_an_older_file_supersedes_no_deferred_row(imports: Imports) -> None:
    newer = imports("inventory", 2, INVENTORY, "S1,5", **UPSERT)
    older = imports("inventory", 1, INVENTORY, "S1,4", "S2,4", **UPSERT)
    assert counts(older) == {"read": 2, "superseded": 1, "waiting": 1}
    assert imports.entries("status", "resolved_by_file_id") == [
        ("waiting", None),
        ("resolved", newer.file.file_id),
        ("waiting", None),
    ]
    imports("products", 3, PRODUCTS, "P1,S1,n")
    assert imports.stored("inventory", "quantity_available") == [(5,)]


def test_a_row_with_more_columns_is_not_superseded_by_a_deferred_one(imports: Imports) -> None:
    header = "branch_id,customer_id,name,phone"
    imports("customer_branches", 2, header.removesuffix(",phone"), "B1,C9,newer")
    imports("customer_branches", 1, header, "B1,C9,n,1")
    imports("customers", 3, "customer_id,name", "C9,n")
    assert imports.stored("customer_branches", "name", "phone") == [("newer", "1")]


def test_a_newer_snapshot_supersedes_the_deferred_rows_that_it_lacks(imports: Imports) -> None:
    imports("inventory", 1, INVENTORY, "S1,5", "S2,5")
    imports("inventory", 2, INVENTORY, "S1,6")
    assert imports.counts() == [{"read": 2, "superseded": 2}, {"read": 1, "waiting": 1}]
    imports("products", 3, PRODUCTS, "P1,S1,n", "P2,S2,n")
    assert imports.stored("inventory", "sku", "quantity_available") == [("S1", 6)]


@pytest.mark.parametrize("broken", ["S9,bad", "S9"])
def test_a_snapshot_does_not_supersede_deferred_rows_of_a_record_with_a_rejected_row(
    imports: Imports, broken: str
) -> None:
    """The row has its key, or has no readable key and may be about any record."""
    imports("products", 1, PRODUCTS, "P1,S1,n")
    imports("inventory", 2, INVENTORY, "S1,1", "S9,5")
    imports("inventory", 3, INVENTORY, "S1,1", broken)
    imports("products", 4, PRODUCTS, "P9,S9,n")
    assert imports.stored("inventory", "sku", "quantity_available") == [("S1", 1), ("S9", 5)]


def test_keys_that_look_alike_as_one_text_are_different_keys(imports: Imports) -> None:
    header = "sku,warehouse_id,quantity_available"
    imports("inventory", 1, header, "A/B,C,1", **UPSERT)
    imports("products", 2, PRODUCTS, "P1,A,n")
    imports("inventory", 3, header, "A,B/C,2", **UPSERT)
    imports("products", 4, PRODUCTS, "P2,A/B,n")
    assert imports.stored("inventory", "sku", "warehouse_id") == [("A", "B/C"), ("A/B", "C")]


def test_a_row_with_a_system_id_is_deferred_and_superseded_like_any_other(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    imports("contacts", 2, "contact_id,customer_id,first_name", "K1,C1,Ann")
    contact = imports.system_ids("contacts")["K1"]
    assert counts(imports("contacts", 3, "system_id,customer_id", f"{contact},C9")) == {"read": 1, "waiting": 1}
    assert counts(imports("contacts", 4, "system_id,customer_id", f"{contact},C1")) == {"read": 1, "unchanged": 1}
    imports("customers", 5, "customer_id,name", "C9,n")
    assert imports.stored("contacts", "contact_id", "customer_id") == [("K1", "C1")]


def test_a_deferred_row_may_change_an_external_key(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    imports("contacts", 2, "contact_id,customer_id", "K1,C1")
    contact = imports.system_ids("contacts")["K1"]
    imports("contacts", 3, "system_id,contact_id,customer_id", f"{contact},K2,C9")
    imports("customers", 4, "customer_id,name", "C9,n")
    assert imports.stored("contacts", "contact_id", "customer_id", "system_id::text") == [("K2", "C9", contact)]


def test_a_conflict_that_arises_while_a_row_is_deferred_rejects_it_when_it_is_released(imports: Imports) -> None:
    header = "product_id,sku,name,category_id"
    waits: dict[str, Any] = {"references": {"category_id": "wait"}}
    imports("products", 1, header, "P1,S1,n,K1", "P2,S2,n,K1", **waits)
    imports("products", 2, PRODUCTS, "P9,S1,taken")
    imports("categories", 3, "category_id,path", "K1,Brakes")
    assert imports.counts()[0] == {"read": 2, "created": 1, "rejected": 1}
    assert imports.log("status")[0] == ("imported_with_errors",)
    assert imports.entries("row_number", "line_number", "key", "column_name", "code", "status", "value") == [
        (1, 2, "P1", "category_id", "unknown_reference", "resolved", "K1"),
        (2, 3, "P2", "category_id", "unknown_reference", "resolved", "K1"),
        (1, 2, "P1", "sku", "identity_conflict", "rejected", "S1"),
    ]
    assert imports.entries("raw", where="code = 'identity_conflict'") == [
        ({"product_id": "P1", "sku": "S1", "name": "n", "category_id": "K1"},)
    ]
    assert imports.stored("products", "product_id") == [("P2",), ("P9",)]


def test_unknown_references_are_also_counted_when_the_row_was_deferred(imports: Imports) -> None:
    imports("sales", 1, f"{SALES},product_id", f"{sale('I1', 'B1')},P9", **BRANCH_WAITS)
    imports("customers", 2, "customer_id,name", "C1,n")
    imports("customer_branches", 3, "branch_id,customer_id,name", "B1,C1,n")
    assert imports.log("rows_created", "warnings")[0] == (1, {"unknown_reference": 1})


def test_deferred_rows_respect_protect_and_append(imports: Imports) -> None:
    imports("customers", 1, "customer_id,name", "C1,n")
    header = "branch_id,customer_id,name,phone"
    imports("customer_branches", 2, header, "B1,C1,kept,1", "B2,C1,kept,1")
    imports("customer_branches", 3, header, "B1,C9,other,2", protect=["name"])
    imports("customer_branches", 4, header, "B2,C9,other,2", "B3,C9,new,2", mode="append")
    imports("customers", 5, "customer_id,name", "C9,n")
    assert imports.stored("customer_branches", "branch_id", "customer_id", "name", "phone") == [
        ("B1", "C9", "kept", "2"),
        ("B2", "C1", "kept", "1"),
        ("B3", "C9", "new", "2"),
    ]


class Thread(threading.Thread):
    """An import in a thread of its own, on its own connection."""

    def __init__(self, imports: Imports, *arguments: Any, **importer: Any) -> None:
        super().__init__(daemon=True)
        self._do: Callable[[], FileResult] = lambda: imports(*arguments, **importer)
        self.result: FileResult | BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._do()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.result = error

    def ended(self) -> FileResult:
        self.join(60)
        assert isinstance(self.result, FileResult), self.result
        return self.result


def waiting_backends(imports: Imports) -> int:
    """How many connections are blocked on a table of raw."""
    query = """
        select count(distinct pid) from pg_locks join pg_class on pg_class.oid = relation
        where not granted and relnamespace = 'raw'::regnamespace
    """
    return int(imports.drop.rows(query)[0][0])


@pytest.mark.parametrize("brings_first", [True, False])
def test_two_imports_at_the_same_time_lose_no_row(imports: Imports, *, brings_first: bool) -> None:
    """One brings the product, the other its stock; the second is blocked until the first ends."""
    files: list[tuple[Any, ...]] = [("products", 1, PRODUCTS, "P1,S1,n"), ("inventory", 2, INVENTORY, "S1,5")]
    first, second = files if brings_first else reversed(files)
    with imports.drop.warehouse.connect() as held:
        held.execute(f"lock table raw.{first[0]} in share row exclusive mode")
        one = Thread(imports, *first)
        one.start()
        eventually(lambda: waiting_backends(imports) == 1)
        other = Thread(imports, *second)
        other.start()
        eventually(lambda: waiting_backends(imports) == 2)
        held.rollback()
    one.ended()
    other.ended()
    assert imports.stored("inventory", "sku", "quantity_available") == [("S1", 5)]
    assert imports.drop.rows("select * from ops.waiting_rows") == []
    assert sorted(imports.counts(), key=str) == [{"read": 1, "created": 1}] * 2


def test_a_first_file_that_finds_the_table_filled_meanwhile_counts_its_own_rows_only(imports: Imports) -> None:
    """The import of products releases stock while the first file of stock is blocked on the table."""
    imports("products", 1, PRODUCTS, "P1,S1,n", "P2,S2,n", "P3,S3,n")
    with imports.drop.warehouse.connect() as released:
        released.execute("lock table raw.inventory in share row exclusive mode")
        thread = Thread(imports, "inventory", 2, INVENTORY, "S1,5", "S2,6", **UPSERT)
        thread.start()
        eventually(lambda: waiting_backends(imports) == 1)
        released.execute(
            "insert into raw.inventory (sku, warehouse_id, quantity_available, _source, _file_id, _row_number)"
            " values ('S3', 'MAIN', 5, 'erp', 1, 2)"
        )
        released.commit()
    assert counts(thread.ended()) == {"read": 2, "created": 2}
    assert imports.stored("inventory", "sku") == [("S1",), ("S2",), ("S3",)]


def test_two_imports_that_release_rows_do_not_block_each_other(imports: Imports) -> None:
    """Customers bring branches and sales, products bring stock and sales."""
    waits: dict[str, Any] = {"references": {"branch_id": "wait", "product_id": "wait"}}
    imports("sales", 1, f"{SALES},product_id", *(f"{sale(f'I{n}', 'B1')},P1" for n in range(20)), **waits)
    imports("customer_branches", 1, "branch_id,customer_id,name", "B1,C1,n")
    imports("inventory", 1, INVENTORY, "S1,5")
    threads = [
        Thread(imports, "customers", 2, "customer_id,name", "C1,n"),
        Thread(imports, "products", 2, PRODUCTS, "P1,S1,n"),
    ]
    with imports.drop.warehouse.connect() as held:
        held.execute("lock table raw.sales in share row exclusive mode")
        for thread in threads:
            thread.start()
        eventually(lambda: waiting_backends(imports) == 2)
        held.rollback()
    for thread in threads:
        assert thread.ended().status == "imported"
    assert set(imports.log("status", "rows_waiting")) == {("imported", 0)}
    assert len(imports.stored("sales", "invoice_id")) == 20
