"""A backup is the whole installation, and a restoration is told to be complete only when it is."""

import json
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from tests.conftest import database
from tests.exporting.imports import Imports, exporter
from tests.importing.drop import Drop
from tests.installation import Installation
from tests.waiting import eventually
from wiseparts_pipeline.backups import backup, restore
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.warehouse import Role, Warehouse
from wiseparts_pipeline.warehouse.locks import BUILD_LOCK, only_one

NewInstallation = Callable[..., Installation]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Not below pytest's folder, which another pytest closes for the embedded database's user."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def new_installation(tmp_path: Path, dbt_target: Path) -> NewInstallation:
    """An installation of its own with an importer of customers, on the embedded database or that of a URL."""

    def make(name: str, url: str | None = None) -> Installation:
        (tmp_path / name).mkdir()
        installation = Installation(tmp_path / name, {"WISEPARTS_DATABASE_URL": url or ""})
        installation.share_parsed(dbt_target)
        installation.source("drop", protocol="local", root=str(tmp_path / "drop"), settle_seconds=0)
        installation.importer("customers")
        (tmp_path / "drop" / "Customers").mkdir(parents=True, exist_ok=True)
        return installation

    return make


@pytest.fixture
def embedded(new_installation: NewInstallation, tmp_path: Path) -> Installation:
    """With a file of customers, of which a row was rejected, and a file on the embedded server."""
    return used(new_installation("embedded"), tmp_path)


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    with database(postgres_url, template="template1") as url:
        yield url


def used(installation: Installation, tmp_path: Path) -> Installation:
    (tmp_path / "drop" / "Customers" / "C1.csv").write_text("customer_id,name\nC1,Alpha\nC2,\n")
    assert installation.run("import").status == 3
    root = installation.folder / "home" / "sftp" / "root" / "Sales"
    root.mkdir(parents=True)
    (root / "S.csv").write_text("not imported yet\n")
    pulled = installation.folder / "home" / "pulls" / "shop" / "orders"
    pulled.mkdir(parents=True)
    (pulled / "orders_full_20260131T081500Z_1.jsonl").write_text("{}\n")
    return installation


def answer(installation: Installation, *arguments: object) -> Any:
    done = installation.run(*arguments, "--json")
    assert done.status == 0, done.err
    return json.loads(done.out)


def described(installation: Installation) -> tuple[Any, ...]:
    """The import log, the rejected rows, a record, the file on the embedded server, and what was pulled."""
    files = answer(installation, "log")["files"]
    rejected = answer(installation, "errors", files[0]["file_id"])
    record = answer(installation, "trace", "customers", "C1")
    home = installation.folder / "home"
    pulled = {path.name: path.read_text() for path in (home / "pulls").rglob("*.jsonl")}
    return files, rejected, record, (home / "sftp" / "root" / "Sales" / "S.csv").read_text(), pulled


def test_a_restored_installation_is_as_the_other_was(
    embedded: Installation, new_installation: NewInstallation, tmp_path: Path
) -> None:
    target = tmp_path / "all.backup"
    assert embedded.run("backup", target).status == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    other = new_installation("other")

    done = other.run("restore", target)

    assert done.status == 0, done.err
    assert "which have been counted again, and 2 files." in done.out
    assert described(other) == described(embedded)
    (tmp_path / "drop" / "Customers" / "C2.csv").write_text("customer_id,name\nC1,Alpha\nC3,Gamma\n")
    (imported,) = answer(other, "import")["files"]
    assert (imported["rows_unchanged"], imported["rows_created"]) == (1, 1)


def test_a_backup_moves_to_a_server(
    embedded: Installation, new_installation: NewInstallation, tmp_path: Path, empty_database: str
) -> None:
    embedded.run("backup", tmp_path / "all.backup")
    server = new_installation("server", empty_database)
    assert server.run("restore", tmp_path / "all.backup").status == 0
    assert described(server) == described(embedded)
    queried = server.run("sql", "select count(*) as files from marts.import_log")
    assert queried.status == 1, "the view is dbt's, and was never built"


def test_a_delivery_that_the_backup_does_not_know_of_is_repeated_under_the_same_uuid(
    warehouse: Warehouse, tmp_path: Path, empty_database: str
) -> None:
    for folder in ("shop", "erp", "home", "other"):
        (tmp_path / folder).mkdir()
    orders = exporter(folder="Orders")
    erp = SourceSettings(name="erp", protocol="local", root=str(tmp_path / "erp"))
    configuration = Configuration({"erp": erp}, {}, {"orders": orders})
    Imports(Drop(tmp_path / "shop", warehouse), [orders]).orders("W1,1,confirmed", "W1,2,confirmed")
    backup(warehouse, tmp_path / "home", tmp_path / "all.backup", print)

    def delivered(to_be_delivered: Warehouse) -> tuple[str, set[bytes]]:
        """The folder's name and the contents of its files; the receiver takes it."""
        assert deliver(to_be_delivered, configuration, seconds=60).count(Status.DELIVERED) == 1
        (folder,) = (tmp_path / "erp" / "Orders").iterdir()
        contents = {file.read_bytes() for file in folder.iterdir()}
        shutil.rmtree(folder)
        return folder.name, contents

    before = delivered(warehouse)
    restored = Warehouse(empty_database)
    restored.prepare()
    restore(restored, tmp_path / "other", tmp_path / "all.backup", print)
    assert delivered(restored) == before


def marts(installation: Installation) -> list[Any]:
    """The customers of today and before, and how often each was imported, as an analyst sees them."""
    assert installation.run("build", "--select", "+dim_customers", "+dim_customers_history", "import_log").status == 0
    queries = (
        "select customer_id, name, is_deleted from dim_customers order by 1",
        "select customer_id, name, version, valid_from, is_current from dim_customers_history order by 1, 3",
        "select name, status, rows_read, rows_created, rows_updated from import_log order by file_id",
    )
    return [answer(installation, "sql", query) for query in queries]


@pytest.mark.parametrize("place", ["embedded", "server"])
def test_a_restored_installation_goes_on_like_the_other(
    embedded: Installation, new_installation: NewInstallation, tmp_path: Path, empty_database: str, place: str
) -> None:
    before = marts(embedded)
    embedded.run("backup", tmp_path / "all.backup")
    other = new_installation("other", empty_database if place == "server" else None)
    assert other.run("restore", tmp_path / "all.backup").status == 0
    for each in (other, embedded):
        (tmp_path / "drop" / "Customers" / "C2.csv").write_text("customer_id,name\nC1,Alef\nC2,Beta\nC3,Gamma\n")
        (imported,) = answer(each, "import")["files"]
        assert (imported["rows_updated"], imported["rows_created"]) == (1, 2)
        (tmp_path / "drop" / "Customers" / "processed" / "C2.csv").unlink()
    after = marts(other)
    assert after == marts(embedded)
    assert after != before


def test_the_logins_of_a_server_may_use_what_was_restored(
    embedded: Installation, new_installation: NewInstallation, tmp_path: Path, empty_database: str
) -> None:
    embedded.run("backup", tmp_path / "all.backup")
    server = new_installation("server", empty_database)
    try:
        roles = {each["role"]: each["url"] for each in answer(server, "roles", "--new-passwords")}
        assert server.run("restore", tmp_path / "all.backup").status == 0
        (tmp_path / "drop" / "Customers" / "C2.csv").write_text("customer_id,name\nC3,Gamma\n")
        importer = {"WISEPARTS_DATABASE_URL": "", "WISEPARTS_IMPORTER_URL": roles["wiseparts_importer"]}
        imported = server.run("import", **importer)
        assert imported.status == 0, imported.err

        # The owner may restore, and not make roles.
        with psycopg.connect(empty_database, autocommit=True) as connection:
            for schema in ("raw", "ops", "staging", "intermediate", "marts", "snapshots", "dagster"):
                connection.execute(f"drop schema {schema} cascade".encode())
        restored = new_installation("owners", roles["wiseparts_owner"]).run("restore", tmp_path / "all.backup")
        assert restored.status == 0, restored.err
        assert "run `wiseparts roles` once" in restored.err
        assert answer(server, "roles")
        assert server.run("log", **importer).status == 0
    finally:
        forget_roles(empty_database)


def forget_roles(url: str) -> None:
    """Other databases of the server are to have none of them."""
    with psycopg.connect(url, autocommit=True) as connection:
        for role in Role:
            connection.execute(f"reassign owned by {role} to current_user".encode())
            connection.execute(f"drop owned by {role} cascade".encode())
            if role is not Role.ANALYST:
                connection.execute(f"drop role {role}".encode())


def test_a_backup_moves_to_a_newer_major_version(
    new_installation: NewInstallation, tmp_path: Path, oldest_postgres_url: str, empty_database: str
) -> None:
    with database(oldest_postgres_url, template="template1") as url:
        old = used(new_installation("old", url), tmp_path)
        old.run("backup", tmp_path / "all.backup")
        before = described(old)
    new = new_installation("new", empty_database)
    assert new.run("restore", tmp_path / "all.backup").status == 0
    assert described(new) == before


def test_no_build_replaces_what_is_being_backed_up(warehouse: Warehouse, tmp_path: Path) -> None:
    reported: list[str] = []
    with ThreadPoolExecutor(1) as threads, warehouse.connect(autocommit=True) as connection:
        with only_one(connection, BUILD_LOCK, print):
            waiting = threads.submit(backup, warehouse, tmp_path, tmp_path / "a.backup", reported.append)
            eventually(lambda: any(line.startswith("Waiting for a build of the marts to end") for line in reported))
            assert not (tmp_path / "a.backup").exists()
        assert "ops.alerts" in waiting.result(60).rows
    assert (tmp_path / "a.backup").exists()


def test_what_is_there_is_never_overwritten(embedded: Installation, tmp_path: Path) -> None:
    target = tmp_path / "all.backup"
    embedded.run("backup", target)
    again, onto_itself = embedded.run("backup", target), embedded.run("restore", target)
    assert (again.status, onto_itself.status) == (1, 1)
    assert f"{target} exists already: name a new file." in again.err
    assert "The database has 1 imported files already. Restore into an empty one" in onto_itself.err


def test_a_backup_that_is_not_whole_is_refused(
    embedded: Installation, new_installation: NewInstallation, tmp_path: Path, empty_database: str
) -> None:
    target, half, other = tmp_path / "all.backup", tmp_path / "half.backup", tmp_path / "other.backup"
    embedded.run("backup", target)
    half.write_bytes(target.read_bytes()[: target.stat().st_size // 2])
    with tarfile.open(other, "w") as archive:
        archive.add(tmp_path / "drop", "drop")
    empty = new_installation("empty", empty_database)
    for path, message in ((half, "backup"), (other, "is not a backup that"), (tmp_path / "none", "No such file")):
        done = empty.run("restore", path)
        assert done.status == 1
        assert message in done.err
    assert answer(empty, "log") == {"files": []}


def test_rows_that_are_missing_after_a_restoration_are_told(
    embedded: Installation, new_installation: NewInstallation, tmp_path: Path, empty_database: str
) -> None:
    embedded.run("backup", tmp_path / "all.backup")
    with tarfile.open(tmp_path / "all.backup") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    contents = json.loads((tmp_path / "unpacked" / "backup.json").read_text())
    contents["rows"]["raw.customers"] += 1
    (tmp_path / "unpacked" / "backup.json").write_text(json.dumps(contents))
    with tarfile.open(tmp_path / "changed.backup", "w") as archive:
        archive.add(tmp_path / "unpacked", "")
    done = new_installation("empty", empty_database).run("restore", tmp_path / "changed.backup")
    assert done.status == 1
    assert "Tables have other rows than the backup: raw.customers (1 instead of 2)." in done.err
