"""`wiseparts import`, on a local source and a real database."""

import json
import re
import signal
import subprocess
from pathlib import Path

from tests.installation import WISEPARTS, Installation
from tests.waiting import eventually
from wiseparts_pipeline.warehouse import Warehouse

SALE = "invoice_id,line_no,invoice_date,customer_id,quantity,unit_price,net_amount,currency"


def count(warehouse: Warehouse, table: str) -> int:
    with warehouse.connect() as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_imports_what_is_pending_referenced_entities_first(installation: Installation) -> None:
    installation.put("Sales/S1.csv", SALE, "I1,1,2025-01-02,C1,2,5.00,10.00,EUR")
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")

    done = installation.run("import", "--json")

    files = json.loads(done.out)["files"]
    assert done.status == 0
    assert [(file["importer"], file["status"], file["warnings"]) for file in files] == [
        ("customers", "imported", {}),
        ("sales", "imported", {}),
    ]


def test_a_named_importer_leaves_the_others_files_alone(installation: Installation, warehouse: Warehouse) -> None:
    installation.put("Sales/S1.csv", SALE, "I1,1,2025-01-02,C1,2,5.00,10.00,EUR")
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")

    assert installation.run("import", "customers").status == 0

    assert (count(warehouse, "raw.customers"), count(warehouse, "raw.sales")) == (1, 0)


def test_json_has_the_columns_of_the_import_log(installation: Installation, warehouse: Warehouse) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")

    done = installation.run("import", "--json")

    with warehouse.connect() as connection:
        columns = connection.execute("select * from ops.import_files").description
    assert columns is not None
    assert list(json.loads(done.out)["files"][0]) == [column.name for column in columns]


def test_shows_each_file_with_its_counts(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha", "C2,")

    done = installation.run("import")

    assert "C1.csv imported_with_errors    2       1       0         0        1" in done.out
    assert re.search(r"errors \d+  shows that file's rejected rows, and why.", done.out)


def test_prints_one_line_per_file_without_a_terminal(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")

    assert installation.run("import").err == "customers 1 of 1: C1.csv: imported, 1 rows, 0 rejected\n"


def test_no_progress_leaves_stderr_empty(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")

    assert installation.run("import", "--no-progress").err == ""


def test_reports_that_there_is_nothing_to_import(installation: Installation) -> None:
    done = installation.run("import")

    assert (done.status, done.out) == (0, "Nothing to import.\n")


def test_imports_no_file_twice(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")
    installation.run("import")

    assert installation.run("import").out == "Nothing to import.\n"


def test_status_3_with_rejected_rows(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha", "C2,")

    assert installation.run("import").status == 3


def test_status_4_with_a_refused_file_although_another_has_rejected_rows(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha", "C2,")
    installation.put("Customers/C2.csv", "phone", "210 1234567")

    done = installation.run("import")

    assert done.status == 4
    assert "C2.csv: " in done.out
    assert "It is in Customers/refused/C2.csv." in done.out


def test_an_unreachable_source_does_not_hold_up_the_others(installation: Installation, warehouse: Warehouse) -> None:
    installation.source("mount", protocol="local", root="/no/such/mount")
    installation.importer("products", source="mount")
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")

    done = installation.run("import", "--json")

    assert done.status == 1
    assert "source mount: there is no folder /no/such/mount" in done.err
    assert [file["name"] for file in json.loads(done.out)["files"]] == ["C1.csv"]


def test_a_missing_folder_is_an_error(installation: Installation) -> None:
    installation.importer("products", folder="Products")
    (installation.drop / "Products").rmdir()

    done = installation.run("import")

    assert done.status == 1
    assert "products" in done.err
    assert "Products" in done.err


def test_a_dry_run_reports_and_changes_nothing(installation: Installation, warehouse: Warehouse) -> None:
    file = installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha", "C2,")

    done = installation.run("import", "--dry-run", "--json")

    (tried,) = json.loads(done.out)["files"]
    assert done.status == 3
    assert (tried["status"], tried["rows_created"], tried["rows_rejected"]) == ("imported_with_errors", 1, 1)
    assert [row["code"] for row in tried["rejected_rows"]] == ["missing_required"]
    assert [count(warehouse, table) for table in ("raw.customers", "ops.import_files", "ops.rejected_rows")] == [
        0,
        0,
        0,
    ]
    assert [path for path in installation.drop.rglob("*") if path.is_file()] == [file]


def test_a_dry_run_shows_the_rejected_rows(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha", "C2,")

    done = installation.run("import", "--dry-run")

    assert "First rejected rows of C1.csv" in done.out
    assert "missing_required" in done.out
    assert "This was a dry run: nothing was changed." in done.out


def test_a_dry_run_of_a_refused_file_shows_why_and_points_to_no_file(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", *(f"C{number}," for number in range(20)))

    done = installation.run("import", "--dry-run")

    assert done.status == 4
    assert "20 of 20 rows were rejected" in done.out
    assert "First rejected rows of C1.csv" in done.out
    assert "error file" not in done.out
    assert "It is in" not in done.out


def test_replays_an_archived_file_by_name(installation: Installation) -> None:
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")
    installation.run("import")

    done = installation.run("import", "customers", "--file", "C1.csv", "--json")

    (replayed,) = json.loads(done.out)["files"]
    assert done.status == 0
    assert (replayed["rows_unchanged"], replayed["warnings"]) == (1, {"same_content": 1})
    assert (installation.drop / "Customers/processed/C1.csv").exists()


def test_imports_a_file_of_this_machine_even_when_its_source_is_down(installation: Installation) -> None:
    installation.source("drop", protocol="local", root="/no/such/mount")
    file = installation.folder / "corrected.csv"
    file.write_text("customer_id,name\nC1,Alpha\n")

    done = installation.run("import", "customers", "--file", file, "--json")

    (imported,) = json.loads(done.out)["files"]
    assert done.status == 0
    assert (imported["source"], imported["rows_created"]) == ("drop", 1)
    assert file.exists()


def test_a_file_needs_one_importer(installation: Installation) -> None:
    done = installation.run("import", "--file", "C1.csv")

    assert done.status == 2
    assert "--file: needs the name of the one importer that is to take the file" in done.err


def test_a_file_that_is_nowhere_is_named(installation: Installation) -> None:
    done = installation.run("import", "customers", "--file", "C9.csv")

    assert done.status == 1
    assert "there is no file 'C9.csv' in Customers/" in done.err


def test_force_imports_a_file_that_the_reject_limit_holds_back(installation: Installation) -> None:
    bad = [f"C{number}," for number in range(20)]
    installation.put("Customers/C1.csv", "customer_id,name", *bad, "C20,Alpha")
    assert installation.run("import").status == 4

    done = installation.run("import", "customers", "--file", "C1.csv", "--force", "--json")

    (forced,) = json.loads(done.out)["files"]
    assert done.status == 3
    assert (forced["rows_created"], forced["rows_rejected"]) == (1, 20)


def test_waits_for_a_file_to_settle(installation: Installation) -> None:
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=1)
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")

    done = installation.run("import", "--json")

    assert "1 file has just arrived: waiting 1 s to see whether the sender is done" in done.err
    assert len(json.loads(done.out)["files"]) == 1


def test_the_message_about_an_unknown_importer_lists_all_importers(installation: Installation) -> None:
    done = installation.run("import", "custommers")

    assert done.status == 2
    assert done.err == "There is no importer 'custommers'; there are: customers, sales.\n"


def test_control_characters_in_a_name_do_not_reach_the_terminal(installation: Installation) -> None:
    installation.put("Customers/C\x1b[31m.csv", "customer_id,name", "C1,Alpha")

    done = installation.run("import")

    assert "C\\x1b[31m.csv" in done.out
    assert "\x1b" not in done.out + done.err


def test_ctrl_c_ends_it_without_a_traceback(installation: Installation, tmp_path: Path) -> None:
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=600)
    installation.put("Customers/C1.csv", "customer_id,name", "C1,Alpha")
    output_path = tmp_path / "output"
    with output_path.open("wb") as output:
        # A test run in the background ignores interrupts, and so would what it starts.
        listening = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            process = subprocess.Popen(
                [WISEPARTS, "import"], env=installation.environment, stdout=output, stderr=output
            )
        finally:
            signal.signal(signal.SIGINT, listening)
    eventually(lambda: "waiting 600 s" in output_path.read_text())

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=30) == 130
    assert "Traceback" not in output_path.read_text()
