"""`wiseparts log` and `wiseparts errors`."""

import csv
import json
from pathlib import Path

import pytest

from tests.deferring import defer
from tests.installation import Installation
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def imported(installation: Installation) -> Installation:
    """One file of customers: C1 is good, C2 and C3 have no name, C4 has a bad credit limit."""
    lines = ["C1,Alpha,1.50", "C2,,1.50", "C3,,1.50", "C4,Delta,much"]
    installation.put("Customers/C1.csv", "customer_id,name,credit_limit", *lines)
    installation.run("import")
    return installation


@pytest.fixture
def file_id(imported: Installation) -> int:
    """The file's id in the import log."""
    return int(json.loads(imported.run("log", "--json").out)["files"][0]["file_id"])


def test_log_has_the_latest_file_first(imported: Installation) -> None:
    imported.put("Customers/C2.csv", "customer_id,name", "C5,Epsilon")
    imported.run("import")

    files = json.loads(imported.run("log", "--json").out)["files"]

    assert [(file["name"], file["status"]) for file in files] == [
        ("C2.csv", "imported"),
        ("C1.csv", "imported_with_errors"),
    ]


def test_log_of_one_importer(imported: Installation) -> None:
    assert json.loads(imported.run("log", "customers", "--json").out)["files"]
    assert json.loads(imported.run("log", "sales", "--json").out) == {"files": []}


def test_log_with_a_limit(imported: Installation) -> None:
    imported.put("Customers/C2.csv", "customer_id,name", "C5,Epsilon")
    imported.run("import")

    done = imported.run("log", "--limit", "1")

    assert "C2.csv" in done.out
    assert "C1.csv" not in done.out
    assert "The latest 1 files; --limit N shows more." in done.out


def test_log_of_an_unknown_importer(imported: Installation) -> None:
    done = imported.run("log", "custommers")

    assert done.status == 2
    assert "There is no importer 'custommers'; there are: customers, sales." in done.err


def test_an_empty_log(installation: Installation) -> None:
    assert installation.run("log").out == "No file has been imported yet.\n"


def test_errors_are_grouped_by_fault_with_their_rows(imported: Installation, file_id: int) -> None:
    done = imported.run("errors", file_id)

    assert done.status == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert any(line[:5] == ["missing_required", "name", "2", "2,", "3"] for line in lines)
    assert any(line[:4] == ["not_a_number", "credit_limit", "1", "4"] for line in lines)


def test_errors_as_json_are_the_rejected_rows(imported: Installation, file_id: int) -> None:
    rows = json.loads(imported.run("errors", file_id, "--json").out)["rejected_rows"]

    assert [(row["row_number"], row["column_name"], row["code"]) for row in rows] == [
        (2, "name", "missing_required"),
        (3, "name", "missing_required"),
        (4, "credit_limit", "not_a_number"),
    ]
    assert rows[2]["raw"] == {"customer_id": "C4", "name": "Delta", "credit_limit": "much"}


def test_errors_shows_rejected_rows_before_deferred_and_resolved_ones(
    imported: Installation, file_id: int, warehouse: Warehouse
) -> None:
    with warehouse.connect() as connection:
        connection.execute(
            "update ops.rejected_entries set status = 'resolved', resolved_by_file_id = 7 where row_number = 2"
        )
        defer(connection, file_id, 3)

    lines = [line.split() for line in imported.run("errors", file_id).out.splitlines()]

    order = [line[0] for line in lines if line and line[0] in ("not_a_number", "unknown_reference", "missing_required")]
    assert order == ["not_a_number", "unknown_reference", "missing_required"]
    assert any(line[:5] == ["missing_required", "name", "1", "2", "7"] for line in lines)


def test_errors_lists_the_first_of_very_many_rows(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", *(f"C{number}," for number in range(1, 16)))
    installation.run("import")
    (file,) = json.loads(installation.run("log", "--json").out)["files"]

    assert "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 5 more" in installation.run("errors", file["file_id"]).out


def test_log_shows_waiting_and_deleted_rows_if_there_are_any(imported: Installation, warehouse: Warehouse) -> None:
    before = imported.run("log").out
    with warehouse.connect() as connection:
        connection.execute(
            "update ops.import_files set rows_waiting = 1, rows_rejected = rows_rejected - 1, rows_deleted = 4"
        )
    after = imported.run("log").out

    assert "waiting" not in before
    assert "deleted" not in before
    assert "waiting" in after
    assert "deleted" in after


def test_errors_as_a_file_to_correct_and_send_again(imported: Installation, file_id: int) -> None:
    target = imported.folder / "corrected.csv"

    done = imported.run("errors", file_id, "--csv", target)

    with target.open() as file:
        rows = list(csv.DictReader(file))
    assert "3 rejected rows are in" in done.out
    assert [(row["customer_id"], row["_row"]) for row in rows] == [("C2", "2"), ("C3", "3"), ("C4", "4")]
    corrected = target.read_text().replace("C2,,", "C2,Beta,").replace("C3,,", "C3,Gamma,").replace("much", "2.50")
    target.write_text(corrected)
    assert imported.run("import", "customers", "--file", target).status == 0


def test_errors_of_an_unknown_file(imported: Installation) -> None:
    done = imported.run("errors", "9999")

    assert done.status == 2
    assert "the import log has no file 9999" in done.err


def test_errors_into_a_missing_folder(imported: Installation, file_id: int) -> None:
    done = imported.run("errors", file_id, "--csv", "/no/such/folder/corrected.csv")

    assert done.status == 1
    assert "/no/such/folder/corrected.csv" in done.err


def test_cells_that_were_deleted_for_their_age_are_not_written(
    imported: Installation, file_id: int, warehouse: Warehouse, tmp_path: Path
) -> None:
    imported.retention(rejected_rows="1h")
    with warehouse.connect() as connection:
        connection.execute("update ops.rejected_entries set created_at = created_at - interval '2 hours'")
    tried = imported.run("prune", "--dry-run")
    assert "Nothing was deleted." in tried.out
    assert imported.run("errors", file_id, "--csv", tmp_path / "first.csv").status == 0

    counted = json.loads(imported.run("prune", "--json").out)["pruned"]
    done = imported.run("errors", file_id, "--csv", tmp_path / "second.csv")

    assert {each["kind"]: each["count"] for each in counted}["rejected_rows"] == 3
    assert done.status == 1
    assert "were deleted because they are older than 1h (`rejected_rows` of the component Retention)" in done.err
