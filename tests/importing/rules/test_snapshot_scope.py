"""Which records a full snapshot speaks for: never those that another sender's lists brought."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.drop import Drop, counts
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.importing.results import FileResult, ImportOptions
from wiseparts_pipeline.transport import connect

HEADER = "sku,warehouse_id,quantity_available"
STOCK = {"references": {"sku": "warn"}, "pattern": "*{date}.csv"}


def stock(imports: Imports, name: str, warehouse: str, skus: Any, quantity: Any = 1, **options: Any) -> FileResult:
    """Imports the list of an importer; other options than those of an import are attributes of the importer."""
    of_import = {key: options.pop(key) for key in ("force", "dry_run") if key in options}
    importer, day = name.split()
    drop = imports.drop.of("inventory", name=importer, folder="inventory", **STOCK | options)
    rows = "".join(f"S{sku},{warehouse},{quantity}\n" for sku in skus)
    return drop.imported(f"{importer}_{warehouse}_2025-01-{day}.csv", f"{HEADER}\n{rows}", **of_import)


def live(imports: Imports) -> dict[str, list[str]]:
    """The SKUs in stock by warehouse."""
    found: dict[str, list[str]] = {}
    for warehouse, sku in imports.stored("inventory", "warehouse_id", "sku"):
        found.setdefault(warehouse, []).append(sku)
    return found


def test_the_list_of_each_importer_says_what_is_missing_of_its_own_records_only(imports: Imports) -> None:
    for day in ("01", "02", "03"):
        assert stock(imports, f"athens {day}", "ATH", range(12)).status == "imported"
        found = stock(imports, f"patra {day}", "PAT", range(3))
        assert (found.status, found.file.rows_deleted, found.file.warnings.get("not_deleted")) == ("imported", 0, None)
    assert {warehouse: len(skus) for warehouse, skus in live(imports).items()} == {"ATH": 12, "PAT": 3}


def test_force_is_never_advised_where_it_would_delete_some_records_of_others(imports: Imports) -> None:
    whole = {"snapshot_within": "source", "shrink_limit_percent": 10}
    stock(imports, "athens 01", "ATH", range(12), **whole)
    stock(imports, "athens 02", "ATH", range(10, 14), mode="upsert")
    stock(imports, "patra 03", "PAT", range(3), mode="upsert")
    found = stock(imports, "athens 04", "ATH", range(5), **whole)
    assert found.file.error_code == "shrink_guard"
    assert "Some of them came with patra_PAT_2025-01-03.csv (importer patra), another list" in str(found.file.error)
    assert "--force would delete what the others have brought" in str(found.file.error)


def test_its_own_records_are_deleted_as_ever(imports: Imports) -> None:
    stock(imports, "athens 01", "ATH", range(12))
    stock(imports, "patra 01", "PAT", range(5))
    assert stock(imports, "patra 02", "PAT", range(4)).file.rows_deleted == 1
    assert live(imports)["PAT"] == ["S0", "S1", "S2", "S3"]


def test_the_guard_counts_an_importers_own_records_only(imports: Imports) -> None:
    stock(imports, "athens 01", "ATH", range(12))
    stock(imports, "patra 01", "PAT", range(5))
    found = stock(imports, "patra 02", "PAT", range(3))
    assert found.file.error_code == "shrink_guard"
    assert found.file.error is not None
    assert "lacks 2 of the 5 records of erp that patra has brought" in found.file.error
    assert stock(imports, "patra 02", "PAT", range(3), force=True).file.rows_deleted == 2
    assert len(live(imports)["ATH"]) == 12


def test_a_record_belongs_to_the_importer_that_changed_it_last(imports: Imports) -> None:
    """S9 moves from the list of Athens to that of Patra, which has another quantity of it."""
    stock(imports, "athens 01", "W", range(10))
    stock(imports, "patra 01", "V", range(1))
    stock(imports, "patra 02", "W", [9], quantity=5, shrink_limit_percent=100)
    assert stock(imports, "athens 02", "W", range(9)).file.rows_deleted == 0
    assert "S9" in live(imports)["W"]
    assert stock(imports, "patra 03", "W", [], shrink_limit_percent=100).file.rows_deleted == 1


def run(imports: Imports, names: tuple[ImporterSettings, ...], name: str, file: str, *rows: str) -> FileResult:
    """Imports a file as the command does: each importer knows of the others."""
    drop = imports.drop
    importers = with_competitors(names, {"erp": drop.source, "crm": drop.source})
    folder = drop.root / importers[name].settings.folder
    folder.mkdir(exist_ok=True)
    (folder / file).write_text("".join(f"{row}\n" for row in (HEADER, *rows)))
    with connect(drop.source) as transport:
        (result,) = run_import(importers[name], transport, drop.warehouse, ImportOptions()).files
    return result


def importer(name: str, **attributes: Any) -> ImporterSettings:
    return ImporterSettings.model_validate(
        {"entity": "inventory", "source": "erp", "name": name, "folder": name} | STOCK | attributes
    )


ROWS = [f"S{n},W,1" for n in range(10)]


def test_a_record_that_a_delta_has_changed_still_belongs_to_the_list_that_created_it(imports: Imports) -> None:
    both = (importer("nightly"), importer("deltas", mode="upsert"))
    run(imports, both, "nightly", "2025-01-01.csv", *ROWS)
    run(imports, both, "deltas", "2025-01-02.csv", "S9,W,5")
    assert run(imports, both, "nightly", "2025-01-03.csv", *ROWS[:9]).file.rows_deleted == 1


def test_a_record_that_only_a_delta_brought_stays(imports: Imports) -> None:
    both = (importer("nightly"), importer("deltas", mode="upsert"))
    run(imports, both, "nightly", "2025-01-01.csv", *ROWS)
    run(imports, both, "deltas", "2025-01-02.csv", "S10,W,5")
    assert run(imports, both, "nightly", "2025-01-03.csv", *ROWS).file.rows_deleted == 0


def test_with_the_whole_source_a_list_also_deletes_what_others_brought(imports: Imports) -> None:
    both = (importer("nightly", snapshot_within="source"), importer("deltas", mode="upsert"))
    run(imports, both, "nightly", "2025-01-01.csv", *ROWS)
    run(imports, both, "deltas", "2025-01-02.csv", "S10,W,5")
    assert run(imports, both, "nightly", "2025-01-03.csv", *ROWS).file.rows_deleted == 1


def test_the_message_does_not_advise_to_delete_what_others_brought(imports: Imports) -> None:
    both = (importer("nightly", snapshot_within="source"), importer("deltas", mode="upsert"))
    run(imports, both, "deltas", "2025-01-02.csv", *ROWS)
    found = run(imports, both, "nightly", "2025-01-03.csv", "S1,V,1").file
    assert found.error is not None
    assert "Most of them came with 2025-01-02.csv (importer deltas), another list" in found.error
    assert "import it with --force" not in found.error


def test_an_importer_without_others_also_deletes_what_it_brought_under_another_name(imports: Imports) -> None:
    run(imports, (importer("stock"),), "stock", "2025-01-01.csv", *ROWS)
    renamed = (importer("main_stock"), importer("stock", source="crm"))
    assert run(imports, renamed, "main_stock", "2025-01-02.csv", *ROWS[:9]).file.rows_deleted == 1


WITHIN = {"snapshot_within": ["warehouse_id"]}


def test_within_columns_only_records_with_values_of_the_file_are_deleted(imports: Imports) -> None:
    for day in ("01", "02"):
        for warehouse in ("ATH", "PAT"):
            assert stock(imports, f"stock {day}", warehouse, range(5), **WITHIN).status == "imported"
    assert stock(imports, "stock 03", "PAT", range(4), **WITHIN).file.rows_deleted == 1
    assert {warehouse: len(skus) for warehouse, skus in live(imports).items()} == {"ATH": 5, "PAT": 4}


def test_within_columns_the_guard_counts_records_with_values_of_the_file(imports: Imports) -> None:
    stock(imports, "stock 01", "ATH", range(20), **WITHIN)
    stock(imports, "stock 01", "PAT", range(3), **WITHIN)
    found = stock(imports, "stock 02", "PAT", range(2), **WITHIN).file
    assert found.error is not None
    assert "lacks 1 of the 3 records of erp with the warehouse_id of its rows" in found.error


def test_within_columns_a_late_list_is_overtaken_by_a_newer_one_of_the_same_values_only(imports: Imports) -> None:
    stock(imports, "stock 01", "ATH", range(4), **WITHIN)
    stock(imports, "stock 03", "ATH", range(4), **WITHIN)
    stock(imports, "stock 03", "PAT", range(4), **WITHIN)
    late = stock(imports, "stock 02", "ATH", range(3, 6), **WITHIN)
    assert (late.file.rows_deleted, late.file.warnings["stale"]) == (0, 2)
    assert counts(stock(imports, "stock 02", "SKG", range(2), **WITHIN)) == {"read": 2, "created": 2}
    assert {warehouse: len(skus) for warehouse, skus in live(imports).items()} == {"ATH": 4, "PAT": 4, "SKG": 2}


def test_within_columns_deferred_rows_of_other_values_stay(imports: Imports) -> None:
    waits = WITHIN | {"references": {"sku": "wait"}}
    stock(imports, "stock 01", "ATH", range(2), **waits)
    stock(imports, "stock 02", "PAT", range(2), **waits)
    stock(imports, "stock 03", "PAT", range(1), **waits)
    imports("products", 4, "product_id,sku,name", "P0,S0,n", "P1,S1,n")
    assert live(imports) == {"ATH": ["S0", "S1"], "PAT": ["S0"]}


def test_deferred_rows_of_another_importer_stay(imports: Imports) -> None:
    waits = {"references": {"sku": "wait"}}
    stock(imports, "athens 01", "ATH", range(2), **waits)
    stock(imports, "patra 02", "PAT", range(2), **waits)
    imports("products", 4, "product_id,sku,name", "P0,S0,n", "P1,S1,n")
    assert live(imports) == {"ATH": ["S0", "S1"], "PAT": ["S0", "S1"]}


def test_a_file_without_a_column_that_it_is_a_snapshot_within_is_refused(imports: Imports) -> None:
    drop = imports.drop.of("due_docs", snapshot_within="branch_id")
    header = "doc_id,doc_type,customer_id,issued_on,due_on,amount,open_amount,currency"
    found = drop.imported("a.csv", f"{header}\nD1,invoice,C1,2025-01-01,2025-02-01,10,10,EUR\n").file
    assert found.error is not None
    assert "`snapshot_within` needs branch_id, which the file does not have" in found.error


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"snapshot_within": ["warehouse"]}, "'warehouse' is not a column"),
        ({"snapshot_within": "sku", "mode": "upsert"}, "goes with `mode: snapshot`"),
    ],
)
def test_what_a_snapshot_cannot_be_within(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        importer("stock", **attributes)


def test_one_list_a_warehouse_of_one_importer_is_not_told_to_use_force(imports: Imports) -> None:
    stock(imports, "stock 01", "ATH", range(12))
    found = stock(imports, "stock 01", "PAT", range(3)).file
    assert (found.error_code, len(live(imports)["ATH"])) == ("shrink_guard", 12)
    assert found.error is not None
    assert "Most of them came with stock_ATH_2025-01-01.csv" in found.error
    assert "name in `snapshot_within` the columns that tell the parts apart, such as warehouse_id" in found.error
    assert "import it with --force" not in found.error


def test_what_another_list_of_the_same_day_brought_is_not_deleted(imports: Imports) -> None:
    stock(imports, "stock 01", "ATH", [*range(9)])
    found = stock(imports, "stock 01", "PAT", [], shrink_limit_percent=100)
    assert (found.file.rows_deleted, found.file.warnings) == (0, {"not_deleted": 9})


def unnamed(drop: Drop, warehouse: str, quantity: int, **attributes: Any) -> FileResult:
    """A list that has its warehouse in its name only."""
    lists = drop.of("inventory", **STOCK | attributes)
    return lists.imported(f"{warehouse}_2025-01-01.csv", f"sku,quantity_available\nS1,{quantity}\nS2,{quantity}\n")


def test_records_that_another_list_of_the_same_day_brought_are_not_overwritten_in_silence(imports: Imports) -> None:
    unnamed(imports.drop, "ATH", 5)
    assert unnamed(imports.drop, "SKG", 1).file.warnings["overwritten"] == 2
    assert "overwritten" not in unnamed(imports.drop, "SKG", 2).file.warnings


def test_of_lists_that_are_each_complete_nothing_is_said(imports: Imports) -> None:
    unnamed(imports.drop, "1", 5, snapshot_within="source")
    assert unnamed(imports.drop, "2", 1, snapshot_within="source").file.warnings.keys() == {"unknown_reference"}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lists=st.lists(
        st.tuples(st.sampled_from(["ATH", "PAT", "SKG"]), st.sets(st.integers(0, 4), min_size=1)),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_in_any_order_the_newest_list_of_each_warehouse_is_what_it_has(
    imports: Imports, lists: list[tuple[str, set[int]]], data: st.DataObject
) -> None:
    imports.empty()
    days = list(enumerate(lists, 1))
    for day, (warehouse, skus) in data.draw(st.permutations(days)):
        stock(imports, f"stock {day:02}", warehouse, skus, quantity=day, shrink_limit_percent=100, **WITHIN)
    newest = {warehouse: sorted(f"S{sku}" for sku in skus) for _, (warehouse, skus) in days}
    assert live(imports) == newest


def test_lists_of_one_day_that_match_different_patterns_delete_nothing_of_each_other(imports: Imports) -> None:
    drop = imports.drop.of("inventory", folder="inventory", **STOCK | {"pattern": ["N_{date}.csv", "S_{date}.csv"]})
    rows = {place: "".join(f"{place}{sku},{place},1\n" for sku in range(4)) for place in "NS"}
    drop.imported("N_2025-01-01.csv", f"{HEADER}\n{rows['N']}")
    result = drop.imported("S_2025-01-01.csv", f"{HEADER}\n{rows['S']}")
    assert (result.file.error_code, result.file.rows_deleted) == ("shrink_guard", 0)
    assert "name in `snapshot_within` the columns that tell the parts apart" in str(result.file.error)
    assert {place: len(skus) for place, skus in live(imports).items()} == {"N": 4}
