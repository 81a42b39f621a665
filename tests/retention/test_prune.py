"""What is deleted when it is old, and what is kept however old it is."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.retention import RetentionSettings
from wiseparts_pipeline.importing.ledger.changes import current_versions
from wiseparts_pipeline.retention.prune import prune
from wiseparts_pipeline.transport import TransportError

PRODUCTS = "product_id,sku,name"
INVENTORY = "sku,quantity_available"
UPSERT: dict[str, Any] = {"mode": "upsert"}
# An importer for which prices are looked up in a file beside its own.
LOOKUP: dict[str, Any] = {
    "lookup": [{"pattern": "NAMES_{date}.csv", "on": {"sku": "sku"}, "columns": {"found_name": "name"}}],
    "columns": {"name": "found_name"},
}


def pruned(imports: Imports, *, lookup_in: str | None = None, dry_run: bool = False, **ages: str) -> dict[str, int]:
    """How much of each kind was deleted, where it was anything. `lookup_in`: where the files of LOOKUP are."""
    importers = [] if lookup_in is None else [imports.drop.of("products", folder=lookup_in, **LOOKUP).importer]
    configuration = Configuration(
        {"erp": imports.drop.source},
        {importer.name: importer for importer in importers},
        retention=RetentionSettings.model_validate(ages),
    )
    done = prune(imports.drop.warehouse, configuration, dry_run=dry_run)
    return {each.kind: each.count for each in done if each.count}


def let_pass(imports: Imports, days: int) -> None:
    """Everything that the imports noted becomes so much older."""
    columns = imports.drop.rows(
        """
        select table_name, column_name from information_schema.columns
        where table_schema = 'ops' and data_type = 'timestamp with time zone' and table_name in (
            select tablename from pg_tables where schemaname = 'ops'
        )
        """
    )
    for table, column in columns:
        imports.drop.execute(f"update ops.{table} set {column} = {column} - interval '{days} days'")


def test_of_rejected_rows_the_cells_are_deleted_and_the_faults_are_kept(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt", ",S2,")
    before = imports.entries("row_number", "column_name", "code", "message", "status")
    let_pass(imports, 364)
    assert pruned(imports) == {}
    let_pass(imports, 2)
    assert pruned(imports) == {"rejected_rows": len(before)}
    assert imports.entries("row_number", "column_name", "code", "message", "status") == before
    assert set(imports.entries("raw", "value")) == {(None, None)}
    assert pruned(imports) == {}


def test_a_corrected_row_is_still_taken_for_the_one_that_was_rejected(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt", "P2,S2,")
    let_pass(imports, 1000)
    pruned(imports)
    sent_back = f"{PRODUCTS},_row,_line,_errors"
    corrected = imports("products", 2, sent_back, "P2,S2,Nut,2,3,", name="2025-01-01.csv.errors.csv")
    assert counts(corrected) == {"read": 1, "created": 1}
    assert set(imports.entries("status", "resolved_by_file_id")) == {("resolved", corrected.file.file_id)}


def test_deferred_rows_are_kept_as_long_as_they_wait(imports: Imports) -> None:
    imports("inventory", 1, INVENTORY, "S1,5", "S2,6", **UPSERT)
    imports("products", 2, PRODUCTS, "P1,S1,Bolt")
    let_pass(imports, 1000)
    assert pruned(imports) == {"deferred_rows": 1}
    assert imports.entries("row_number", "status") == [(2, "waiting")]
    imports("products", 3, PRODUCTS, "P2,S2,Nut")
    assert imports.stored("inventory", "sku", "quantity_available") == [("S1", 5), ("S2", 6)]
    assert imports.counts()[0] == {"read": 2, "created": 2}


def test_nothing_is_left_of_a_file_whose_deferred_rows_were_all_loaded(imports: Imports) -> None:
    imports("inventory", 1, INVENTORY, "S1,5", **UPSERT)
    imports("products", 2, PRODUCTS, "P1,S1,Bolt")
    let_pass(imports, 91)
    assert pruned(imports) == {"deferred_rows": 1}
    tables = ("deferred_rows", "deferred_entries", "resolved_rows", "resolved_files", "waiting_files")
    assert {table: imports.drop.rows(f"select * from ops.{table}") for table in tables} == {
        table: [] for table in tables
    }


def test_the_numbers_of_changes_that_a_mart_has_not_seen_are_kept(imports: Imports) -> None:
    for day, name in enumerate(("Bolt", "Nut", "Screw", "Washer"), start=1):
        imports("products", day, PRODUCTS, f"P1,S1,{name}")
    imports.drop.execute(
        """
        insert into ops.model_builds (model, seen, code)
        values ('seen_two', '{"products": 2, "sales": 1}', ''), ('seen_three', '{"products": 3}', '')
        """
    )
    let_pass(imports, 1000)
    pruned(imports)
    assert imports.drop.rows("select version from ops.entity_changes order by version") == [(3,), (4,)]
    with imports.drop.warehouse.connect() as connection:
        assert current_versions(connection) == {"products": 4}


def test_mails_that_are_not_sent_yet_are_kept(imports: Imports) -> None:
    imports.drop.execute(
        """
        insert into ops.outbox (importer, file_ids, subject, message, recipients, status)
        select 'sales', '{1}', status, '', '{}', status from unnest(array['sent', 'given_up', 'waiting']) as status
        """
    )
    let_pass(imports, 91)
    assert pruned(imports) == {"mails": 2}
    assert imports.drop.rows("select status from ops.outbox") == [("waiting",)]


def test_old_log_files_are_deleted_with_their_folders(imports: Imports, home: Path) -> None:
    for name, year in (("dbt/logs/dbt.log", 2025), ("dagster/storage/1/compute_logs/a.err", 2001)):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text("text")
        moment = datetime(year, 1, 1, tzinfo=UTC).timestamp()
        os.utime(home / name, (moment, moment))
    (home / "dbt" / "logs" / "new.log").write_text("text")
    assert pruned(imports) == {"logs": 2}
    left = {str(path.relative_to(home)) for path in home.rglob("*") if "logs" in str(path) or "storage" in str(path)}
    assert left == {"dbt/logs", "dbt/logs/new.log", "dagster/storage"}


FILES: dict[str, Any] = {"processed_files": "30d", "refused_files": "30d", "error_files": "30d"}


def archived(imports: Imports) -> set[str]:
    root = imports.drop.root
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_files_on_a_server_are_kept_unless_there_is_an_age_for_them(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt", ",S2,")
    let_pass(imports, 9_000)
    before = archived(imports)
    assert not pruned(imports).keys() & FILES.keys()
    assert archived(imports) == before


def test_old_archived_files_are_deleted_and_the_import_log_says_so(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt", ",S2,")
    imports("products", 2, "sku", "S1")
    let_pass(imports, 31)
    imports("products", 3, PRODUCTS, "P3,S3,Nut")
    counts = pruned(imports, **FILES)
    assert {kind: counts[kind] for kind in FILES} == {"processed_files": 1, "refused_files": 1, "error_files": 1}
    assert archived(imports) == {"products/processed/2025-01-03.csv"}
    deleted = "(deleted: it was older than the component Retention says)"
    assert imports.log("archived_to", "error_file") == [
        (deleted, None),
        (deleted, None),
        ("products/processed/2025-01-03.csv", None),
    ]
    assert not pruned(imports, **FILES).keys() & FILES.keys()


def test_files_with_rows_that_still_wait_are_kept(imports: Imports) -> None:
    imports("inventory", 1, INVENTORY, "S1,5", **UPSERT)
    let_pass(imports, 31)
    before = archived(imports)
    pruned(imports, **FILES)
    assert archived(imports) == before


@pytest.mark.parametrize("folder", ["products", ""])
def test_files_that_values_are_looked_up_in_are_kept(imports: Imports, folder: str) -> None:
    importer = {"folder": folder, "pattern": "NAMES_{date}.csv"}
    drop = imports.drop.of("products", **importer)
    drop.imported("NAMES_2025-01-01.csv", f"{PRODUCTS}\nP1,S1,Bolt\n")
    let_pass(imports, 31)
    assert pruned(imports, lookup_in=folder, **FILES) == {}
    assert (drop.folder / "processed" / "NAMES_2025-01-01.csv").exists()
    assert pruned(imports, **FILES) == {"processed_files": 1}


def test_companions_of_a_file_whose_rejected_rows_may_come_back_are_kept(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt", ",S2,")
    imports("products", 2, PRODUCTS, "P3,S3,Nut")
    imports.drop.execute("update ops.import_files set joined_to = 1 where file_id = 2")
    let_pass(imports, 31)
    assert pruned(imports, processed_files="30d") == {"processed_files": 1}
    assert "products/processed/2025-01-02.csv" in archived(imports)


def test_a_file_that_cannot_be_deleted_keeps_no_other_from_being_deleted(imports: Imports, home: Path) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt", ",S2,")
    imports("products", 2, PRODUCTS, "P2,S2,Bolt")
    first = imports.drop.root / "products" / "processed" / "2025-01-01.csv"
    first.unlink()
    first.symlink_to(home)
    let_pass(imports, 31)
    with pytest.raises(TransportError, match="2025-01-01"):
        pruned(imports, **FILES)
    assert archived(imports) == set()
    assert home.exists()


def test_a_file_that_is_gone_already_is_noted_as_deleted(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, "P1,S1,Bolt")
    (imports.drop.root / "products" / "processed" / "2025-01-01.csv").unlink()
    let_pass(imports, 31)
    assert pruned(imports, **FILES)["processed_files"] == 1
    assert imports.log("archived_to") == [("(deleted: it was older than the component Retention says)",)]


def test_a_dry_run_counts_and_deletes_nothing(imports: Imports) -> None:
    imports("products", 1, PRODUCTS, ",S2,")
    let_pass(imports, 1000)
    expected = pruned(imports, dry_run=True)
    assert expected == {"rejected_rows": 2}
    assert pruned(imports) == expected


@pytest.mark.parametrize(("age", "deleted"), [("never", {}), ("2d", {"rejected_rows": 2})])
def test_ages_are_settings(imports: Imports, age: str, deleted: dict[str, int]) -> None:
    imports("products", 1, PRODUCTS, ",S2,")
    let_pass(imports, 3)
    assert pruned(imports, rejected_rows=age) == deleted
