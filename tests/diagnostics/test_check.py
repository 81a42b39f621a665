"""What keeps files from being imported, over every transport; a check changes nothing."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.transport.conftest import (
    certificates,
    embedded,
    embedded_site,
    local_site,
    openssh,
    openssh_site,
    proftpd_server,
    proftpd_site,
)
from tests.transport.site import Site
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.diagnostics.findings import Finding, HealthKind, SourceCheck
from wiseparts_pipeline.diagnostics.sources.check import check_configuration, check_source
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.warehouse import Warehouse

__all__ = [
    "certificates",
    "embedded",
    "embedded_site",
    "local_site",
    "openssh",
    "openssh_site",
    "proftpd_server",
    "proftpd_site",
]

SALES = {"entity": "sales", "folder": "Sales", "pattern": "SALES_{date}.csv", "date_format": "%d_%m_%Y"}
CUSTOMERS = {"entity": "customers", "folder": "Customers", "pattern": "CUSTOMERS_*.csv"}

Check = Callable[..., SourceCheck]


def configuration(source: SourceSettings, *importers: dict[str, Any]) -> Configuration:
    settings = [ImporterSettings.model_validate({"source": source.name} | each) for each in importers]
    return Configuration({source.name: source}, {each.name: each for each in settings})


@pytest.fixture(params=["embedded", "openssh", "local", "proftpd"])
def site(request: pytest.FixtureRequest) -> Site:
    """One for each transport and kind of server."""
    chosen: Site = request.getfixturevalue(f"{request.param}_site")
    return chosen


@pytest.fixture
def check(warehouse: Warehouse, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Check:
    """Checks the site with importers of sales and customers, which need no time to settle unless specified."""
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    for folder in ("Sales", "Customers"):
        site.folder(folder)

    def check(*importers: dict[str, Any], **changes: Any) -> SourceCheck:
        source = site.settings.model_copy(update={"settle_seconds": 0} | changes)
        return check_source(source, configuration(source, *(importers or (SALES, CUSTOMERS))), warehouse)

    return check


def found(result: SourceCheck) -> list[tuple[str, str, str]]:
    return [(finding.level, finding.kind, finding.place) for finding in result.findings]


def only(result: SourceCheck) -> Finding:
    (finding,) = result.findings
    return finding


def tree(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_a_folder_without_problems_has_no_findings_and_is_unchanged(
    check: Check, site: Site, warehouse: Warehouse
) -> None:
    site.put("Sales/SALES_31_12_2025.csv")
    site.put("Sales/processed/SALES_30_12_2025.csv")
    before = tree(site.root)

    result = check()

    assert result.is_reached
    assert found(result) == []
    assert [(each.folder, each.importers, each.files, each.ready) for each in result.folders] == [
        ("Sales", ["sales"], 1, 1),
        ("Customers", ["customers"], 0, 0),
    ]
    assert tree(site.root) == before
    with warehouse.connect() as connection:
        assert connection.execute("select count(*) from ops.import_files").fetchone() == (0,)


def test_a_wrong_name_in_the_right_folder_is_reported_with_the_difference(check: Check, site: Site) -> None:
    site.put("Sales/SALES_2025-12-31.csv")

    finding = only(check())

    assert (finding.level, finding.kind, finding.place) == ("left", "wrong_name", "Sales/SALES_2025-12-31.csv")
    assert "the nearest is sales (SALES_{date}.csv)" in finding.message
    assert "'2025-12-31' does not match %d_%m_%Y, such as 31_01_2026" in finding.message


def test_a_name_unlike_any_pattern_is_reported_with_the_patterns_of_the_folder(check: Check, site: Site) -> None:
    site.put("Sales/readme.txt")

    finding = only(check())

    assert (finding.level, finding.kind) == ("left", "wrong_name")
    assert finding.message.endswith("the patterns of this folder are: SALES_{date}.csv (sales)")


@pytest.mark.parametrize("folder", ["Sales", "."])
def test_a_file_in_the_wrong_folder_is_reported_with_the_right_one(check: Check, site: Site, folder: str) -> None:
    site.put(f"{folder}/CUSTOMERS_1.csv")

    finding = only(check())

    assert (finding.level, finding.kind) == ("left", "wrong_folder")
    assert "importer customers (CUSTOMERS_*.csv), which reads Customers/" in finding.message


def test_a_folder_that_differs_in_letter_case_is_suggested_for_a_missing_one(check: Check, site: Site) -> None:
    shutil.rmtree(site.root / "Sales")
    site.put("sales/SALES_31_12_2025.csv")

    result = check()

    assert sorted(found(result)) == [
        ("fault", "missing_folder", "Sales/"),
        ("left", "wrong_folder", "sales/SALES_31_12_2025.csv"),
    ]
    assert any("There is sales/: upper and lower case matter" in finding.message for finding in result.findings)
    assert [each.folder for each in result.folders] == ["Customers"]


def test_a_file_that_has_just_arrived_is_reported_with_the_time_until_it_settles(check: Check, site: Site) -> None:
    site.put("Sales/SALES_31_12_2025.csv")

    finding = only(check(settle_seconds=3600))

    assert (finding.level, finding.kind) == ("note", "unsettled")
    assert "for 3600 s more" in finding.message


def test_a_file_that_matches_several_importers_is_reported_with_their_names(check: Check, site: Site) -> None:
    site.put("Sales/SALES_31_12_2025.csv")

    finding = only(check(SALES, SALES | {"name": "branch_sales", "pattern": "SALES_*.csv"}))

    assert (finding.level, finding.kind) == ("left", "several_importers")
    assert "(of sales, branch_sales)" in finding.message


def test_an_abandoned_upload_is_reported(check: Check, site: Site) -> None:
    old = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    for name in ("SALES_31_12_2025.csv.part", ".SALES_30_12_2025.csv", ".ftpquota"):
        os.utime(site.put(f"Sales/{name}"), (old, old))
    site.put("Sales/SALES_29_12_2025.csv.filepart")

    assert sorted(found(check())) == [
        ("left", "unfinished", "Sales/.SALES_30_12_2025.csv"),
        ("left", "unfinished", "Sales/SALES_31_12_2025.csv.part"),
    ]


def test_an_empty_file_is_reported(check: Check, site: Site) -> None:
    site.put("Sales/SALES_31_12_2025.csv", b"")

    assert found(check()) == [("left", "empty", "Sales/SALES_31_12_2025.csv")]


def test_a_name_that_is_not_utf_8_is_reported(check: Check, site: Site) -> None:
    site.put(b"Customers/CUSTOMERS_\xe9.csv")

    assert found(check()) == [("left", "wrong_name", "Customers/CUSTOMERS_\\udce9.csv")]


@pytest.mark.parametrize(
    ("status", "attempts", "level", "message"),
    [
        ("failed", 5, "left", "has failed 5 times and is tried again hourly, or by `import sales`: disk full"),
        ("failed", 1, "note", "has failed and is tried again automatically: disk full"),
        ("imported", 1, "note", "is imported, and the next import moves it. disk full"),
    ],
)
def test_the_error_of_a_file_in_the_import_log_is_reported(
    check: Check, site: Site, warehouse: Warehouse, status: str, attempts: int, level: str, message: str
) -> None:
    file = site.put("Sales/SALES_31_12_2025.csv")
    os.utime(file, (1_750_000_000, 1_750_000_000))
    with warehouse.connect() as connection:
        connection.execute(
            """
            insert into ops.import_files
                (importer, entity, source, path, name, size_bytes, modified_at, status, attempts, error)
            values ('sales', 'sales', 'erp', 'Sales/SALES_31_12_2025.csv', 'SALES_31_12_2025.csv', %s,
                to_timestamp(1750000000), %s, %s, 'disk full')
            """,
            [file.stat().st_size, status, attempts],
        )

    finding = only(check())

    assert (finding.level, finding.message) == (level, message)


JOINED = SALES | {"join": [{"pattern": "LINES_{date}*.csv", "on": {"id": "id"}}]}


def test_a_complete_file_set_has_no_findings(check: Check, site: Site) -> None:
    for name in ("SALES_31_12_2025.csv", "LINES_31_12_2025.csv"):
        site.put(f"Sales/{name}")

    result = check(JOINED)

    assert found(result) == []
    assert result.folders[0].ready == 2


def test_an_incomplete_file_set_is_reported(check: Check, site: Site) -> None:
    site.put("Sales/SALES_31_12_2025.csv")
    os.utime(site.put("Sales/LINES_30_12_2025.csv"), (1_750_000_000, 1_750_000_000))

    result = check(JOINED)

    assert sorted((finding.level, finding.place, finding.message) for finding in result.findings) == [
        ("left", "Sales/LINES_30_12_2025.csv", "waits for SALES_30_12_2025.csv, which it is read together with"),
        ("note", "Sales/SALES_31_12_2025.csv", "waits for LINES_31_12_2025*.csv, which it is read together with"),
    ]


def test_a_file_with_several_possible_companions_is_reported(check: Check, site: Site) -> None:
    for name in ("SALES_31_12_2025.csv", "LINES_31_12_2025_a.csv", "LINES_31_12_2025_b.csv"):
        site.put(f"Sales/{name}")

    findings = check(JOINED).findings

    assert {(finding.level, finding.kind) for finding in findings} == {("left", "several_companions")}
    assert all("LINES_31_12_2025_a.csv, LINES_31_12_2025_b.csv" in finding.message for finding in findings)


def test_a_source_that_is_down_is_a_fault(warehouse: Warehouse) -> None:
    source = SourceSettings(name="erp", protocol="local", root="/no/such/folder")

    result = check_source(source, configuration(source, SALES), warehouse)

    assert found(result) == [("fault", "unreachable", "/no/such/folder")]
    assert not result.is_reached


def test_names_are_checked_without_a_database_as_well(local_site: Site) -> None:
    local_site.put("Sales/SALES_31_12_2025.txt")
    local_site.put("Sales/SALES_31_12_2025.csv")

    result = check_source(local_site.settings, configuration(local_site.settings, SALES), None)

    assert found(result) == [("left", "wrong_name", "Sales/SALES_31_12_2025.txt")]


def test_an_importer_that_never_starts_automatically_is_mentioned(local_site: Site) -> None:
    findings = check_configuration(configuration(local_site.settings, SALES | {"on_arrival": False}, CUSTOMERS))

    assert [(finding.level, finding.kind, finding.place) for finding in findings] == [
        ("note", "on_demand", "importer sales")
    ]


@pytest.fixture
def strict_check(openssh_site: Site, warehouse: Warehouse) -> Check:
    """The same on OpenSSH, whose user is subject to permissions."""
    openssh_site.folder("Sales")

    def check() -> SourceCheck:
        source = openssh_site.settings.model_copy(update={"settle_seconds": 0})
        return check_source(source, configuration(source, SALES), warehouse)

    return check


def test_a_file_that_cannot_be_read(strict_check: Check, openssh_site: Site) -> None:
    openssh_site.put("Sales/SALES_31_12_2025.csv").chmod(0)

    result = strict_check()

    assert found(result) == [("fault", "not_readable", "Sales/SALES_31_12_2025.csv")]
    assert "permission denied" in only(result).message


def test_a_folder_that_files_cannot_be_moved_out_of(strict_check: Check, openssh_site: Site) -> None:
    openssh_site.folder("Sales").chmod(0o555)

    assert found(strict_check()) == [("fault", "not_writable", "Sales/")]


def test_an_archive_folder_that_cannot_be_written(strict_check: Check, openssh_site: Site) -> None:
    openssh_site.folder("Sales/processed").chmod(0o555)

    assert found(strict_check()) == [("fault", "not_writable", "Sales/processed/")]


def test_a_folder_that_cannot_be_listed(strict_check: Check, openssh_site: Site) -> None:
    openssh_site.folder("Sales").chmod(0)

    assert found(strict_check()) == [("fault", "not_readable", "Sales/")]


@pytest.mark.parametrize(
    ("first", "second", "kinds"),
    [
        ({"mode": "snapshot"}, {"mode": "upsert"}, ["others_records"]),
        ({"mode": "snapshot", "snapshot_within": "source"}, {"mode": "upsert"}, []),
        ({"mode": "snapshot"}, {"mode": "snapshot"}, []),
    ],
)
def test_a_full_snapshot_beside_an_importer_of_changes_is_noted(
    first: dict[str, str], second: dict[str, str], kinds: list[str]
) -> None:
    source = SourceSettings(name="erp", protocol="local", root="/nowhere")
    both = ({"name": name, "entity": "inventory", "pattern": "*.csv"} for name in ("nightly", "deltas"))
    found = check_configuration(configuration(source, *(a | b for a, b in zip(both, (first, second), strict=True))))
    assert [finding.kind for finding in found] == kinds


def test_files_below_an_importers_folder_are_named_with_what_to_do(check: Check, site: Site) -> None:
    site.folder("Sales/2025/January")
    for path in ("2025/SALES_01_01_2025.csv", "2025/January/SALES_02_01_2025.csv", "2025/notes.txt"):
        site.put(f"Sales/{path}")
    for folder in ("processed", "refused", "errors"):
        site.folder(f"Sales/{folder}")
        site.put(f"Sales/{folder}/SALES_01_01_2025.csv")
    result = check()
    assert sorted(found(result)) == [
        ("left", "subfolder", "Sales/2025/January/SALES_02_01_2025.csv"),
        ("left", "subfolder", "Sales/2025/SALES_01_01_2025.csv"),
        ("note", "subfolder", "Sales/2025/notes.txt"),
    ]
    messages = {finding.place: finding.message for finding in result.findings}
    assert messages["Sales/2025/SALES_01_01_2025.csv"] == (
        "importer sales reads Sales/ and not the folders below it: move it there, or set `folder: Sales/2025`"
    )


def test_folders_that_another_importer_reads_are_not_below_one(check: Check, site: Site) -> None:
    site.folder("Sales/Shop")
    site.put("Sales/Shop/CUSTOMERS_1.csv")
    result = check(SALES, CUSTOMERS | {"folder": "Sales/Shop"})
    assert [row.ready for row in result.folders] == [0, 1]
    assert found(result) == []


def test_a_file_that_importers_share_is_ready_once(check: Check, site: Site) -> None:
    site.put("Customers/CUSTOMERS_1.csv")
    result = check(CUSTOMERS, CUSTOMERS | {"entity": "contacts"})
    assert [(row.importers, row.files, row.ready) for row in result.folders] == [(["customers", "contacts"], 1, 1)]
    assert found(result) == []
    assert found(check(CUSTOMERS, CUSTOMERS | {"name": "again"})) == [
        ("left", "several_importers", "Customers/CUSTOMERS_1.csv")
    ]


def test_a_file_that_one_of_its_importers_has_imported_is_ready_for_the_other(
    check: Check, site: Site, warehouse: Warehouse
) -> None:
    site.put("Customers/CUSTOMERS_1.csv", b"customer_id,name,contact_id\nC1,Alpha,K1\n")
    importers = configuration(
        site.settings.model_copy(update={"settle_seconds": 0}), CUSTOMERS, CUSTOMERS | {"entity": "contacts"}
    )
    with connect(site.settings) as transport:
        shared = with_competitors(importers.importers.values(), importers.sources)
        run_import(shared["customers"], transport, warehouse)
    result = check(CUSTOMERS, CUSTOMERS | {"entity": "contacts"})
    assert [(row.files, row.ready) for row in result.folders] == [(1, 1)]
    assert found(result) == []
    with connect(site.settings) as transport:
        run_import(shared["contacts"], transport, warehouse)
    assert tree(site.root / "Customers") == ["processed", "processed/CUSTOMERS_1.csv"]


def test_each_folder_of_an_importer_of_several_is_checked_and_the_others_are_named(check: Check, site: Site) -> None:
    for path in (
        "2025-12-31/SALES_1.csv",
        "2025-12-30/SALES_1.csv",
        "2025-12-30/processed/SALES_0.csv",
        "31-12-2025/SALES_2.csv",
        "SALES_3.csv",
        "2025-12-30/readme.txt",
        "2025-12-30/deeper/SALES_4.csv",
    ):
        site.put(f"Sales/{path}")
    result = check(SALES | {"folder": "Sales/{date}", "pattern": "SALES_*.csv", "date_format": "%Y-%m-%d"})
    assert [(row.folder, row.files, row.ready) for row in result.folders] == [
        ("Sales/2025-12-30", 2, 1),
        ("Sales/2025-12-31", 1, 1),
    ]
    assert sorted(found(result)) == [
        ("left", "subfolder", "Sales/2025-12-30/deeper/SALES_4.csv"),
        ("left", "subfolder", "Sales/31-12-2025/SALES_2.csv"),
        ("left", "wrong_folder", "Sales/SALES_3.csv"),
        ("left", "wrong_name", "Sales/2025-12-30/readme.txt"),
    ]
    messages = {finding.place: finding.message for finding in result.findings}
    assert messages["Sales/31-12-2025/SALES_2.csv"] == (
        "importer sales reads Sales/{date}/, which this folder does not match: rename it, or move the file"
    )


def test_a_missing_base_of_several_folders_is_a_fault(check: Check, site: Site) -> None:
    result = check(SALES | {"folder": "Nowhere/*"})
    assert found(result) == [("fault", "missing_folder", "Nowhere/")]


def test_an_importer_of_several_folders_imports_from_all_of_them(
    site: Site, check: Check, warehouse: Warehouse
) -> None:
    customers = CUSTOMERS | {"folder": "Customers/*"}
    for number in (1, 2):
        site.put(f"Customers/{number}/CUSTOMERS_1.csv", f"customer_id,name\nC{number},Alpha\n".encode())
    settings = configuration(site.settings.model_copy(update={"settle_seconds": 0}), customers)
    (importer,) = with_competitors(settings.importers.values(), settings.sources).values()
    with connect(site.settings) as transport:
        done = run_import(importer, transport, warehouse)
        again = run_import(importer, transport, warehouse)
    assert [result.file.archived_to for result in done.files] == [
        f"Customers/{number}/processed/CUSTOMERS_1.csv" for number in (1, 2)
    ]
    assert again.files == []


def test_a_clock_of_a_source_that_is_ahead_is_found_by_a_doctor_only(
    check: Check, site: Site, warehouse: Warehouse
) -> None:
    file = site.put("Customers/CUSTOMERS_1.csv", b"customer_id,name\nC1,Alpha\n")
    settings = configuration(site.settings.model_copy(update={"settle_seconds": 0}), CUSTOMERS)

    def clocks() -> list[str]:
        result = check_source(settings.sources[site.settings.name], settings, warehouse, with_health=True)
        return [each.place for each in result.findings if each.kind is HealthKind.CLOCK]

    assert clocks() == []
    ahead = (datetime.now(UTC) + timedelta(minutes=10)).timestamp()
    os.utime(file, (ahead, ahead))
    assert clocks() == ["Customers/CUSTOMERS_1.csv"]
    assert HealthKind.CLOCK not in {each.kind for each in check().findings}
