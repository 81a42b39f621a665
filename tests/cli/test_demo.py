"""`wiseparts demo`, from scratch; tests/packaging/ runs it a second time, from a wheel."""

import json

from tests.installation import Finished, Installation
from tests.waiting import eventually
from wiseparts_pipeline.cli.summary import TITLES
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.warehouse import Warehouse

Demo = tuple[Installation, Finished]
# Those that have an importer in the demo.
DEMONSTRATED = [name for name in ENTITIES if (PACKAGE / "defs" / name).exists()]


def test_the_summary_has_files_and_rows_of_every_entity_of_the_demo(demo: Demo) -> None:
    _, first = demo
    counts = {words[0]: words[1:3] for line in first.out.splitlines() if len(words := line.split()) == 11}

    assert first.status == 0, first.err
    assert all(int(count.replace(",", "")) > 0 for entity in DEMONSTRATED for count in counts[entity])


def test_the_summary_has_figures_of_the_marts(demo: Demo) -> None:
    _, first = demo

    assert all(title in first.out for title in TITLES.values())
    assert "2025-12 EUR" in first.out


def test_reports_what_it_is_doing(demo: Demo) -> None:
    _, first = demo

    steps = [line[:5] for line in first.err.splitlines() if line.startswith("[")]
    # The sample comes in two deliveries.
    assert steps == [f"[{step}/5]" for step in (1, 2, 3, 3, 4, 5)]


def test_deferred_rows_are_loaded_automatically_and_settled_documents_leave_the_list(demo: Demo) -> None:
    installation, first = demo
    log = json.loads(installation.run("log", "--limit", "200", "--json").out)["files"]
    counts = {file["name"]: (file["rows_waiting"], file["rows_deleted"]) for file in log}

    deferred = "31 rows had to wait for a record of another file. Since then 20 of them were loaded or replaced"
    assert deferred in first.out
    assert counts["INVENTORY_30_12_2025.csv"] == (0, 0)
    assert counts["INVENTORY_31_12_2025.csv"] == (4, 15)
    assert counts["DUE_DOCS_31_12_2025.csv"] == (0, 89)


def test_every_file_is_archived(demo: Demo) -> None:
    installation, _ = demo
    files = json.loads(installation.run("log", "--json").out)["files"]
    root = installation.folder / "home/sftp/root"

    assert all("/processed/" in file["archived_to"] for file in files)
    assert all((root / file["archived_to"]).is_file() for file in files)


def test_leaves_nothing_running(demo: Demo) -> None:
    installation, _ = demo

    eventually(lambda: not installation.processes)


def test_puts_no_invented_files_on_a_server_that_is_configured(demo: Demo) -> None:
    installation, _ = demo

    done = installation.run("demo", ERP_SFTP_HOST="erp.example.com")

    assert done.status == 2
    assert "ERP_SFTP_HOST is set" in done.err


def test_puts_no_invented_files_among_others(demo: Demo, warehouse: Warehouse) -> None:
    installation, _ = demo
    with warehouse.connect() as connection:
        connection.execute(
            "insert into ops.import_files (importer, entity, source, path, name)"
            " values ('erp_sales', 'sales', 'erp', 'Sales/OURS.csv', 'OURS.csv')"
        )

    done = installation.run("demo", WISEPARTS_DATABASE_URL=warehouse.url)

    assert done.status == 2
    assert "Other files than the sample's have been imported here, such as Sales/OURS.csv" in done.err


def test_stays_as_of_the_last_day_of_the_sample(demo: Demo) -> None:
    installation, _ = demo

    last_build = installation.run("sql", "select as_of, is_demo from marts.last_build", "--json").out
    notes = json.loads(installation.run("doctor", "--json").out)["findings"]

    assert json.loads(last_build) == [{"as_of": "2025-12-31", "is_demo": True}]
    assert "are built as of 31 December 2025" in "".join(each["message"] for each in notes if each["kind"] == "demo")
