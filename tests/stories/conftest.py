"""A sender at an SFTP server, and an administrator at the command line."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.installation import Finished, Installation
from wiseparts_pipeline.transport.embedded import USER, EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def sftp_server() -> Iterator[EmbeddedSftp]:
    with tempfile.TemporaryDirectory() as home, EmbeddedSftp.running(Path(home)) as server:
        yield server


@pytest.fixture(scope="module")
def sftp(sftp_server: EmbeddedSftp) -> Iterator[paramiko.SFTPClient]:
    """The sender's connection."""
    with paramiko.SSHClient() as client:
        known = paramiko.HostKeys(str(sftp_server.known_hosts)).lookup(sftp_server.host)
        assert known is not None
        for kind, key in known.items():
            client.get_host_keys().add(f"[{sftp_server.host}]:{sftp_server.port}", kind, key)
        client.connect(sftp_server.host, sftp_server.port, USER, key_filename=str(sftp_server.key), timeout=60)
        with closing(client.open_sftp()) as opened:
            yield opened


@dataclass(frozen=True)
class Sender:
    """Whoever sends files; paths are below the folder that the server shows them."""

    sftp: paramiko.SFTPClient
    root: str

    def upload(self, path: str, *lines: str) -> None:
        self.upload_text(path, "".join(f"{line}\n" for line in lines))

    def upload_text(self, path: str, text: str) -> None:
        self.sftp.putfo(io.BytesIO(text.encode()), f"{self.root}/{path}")

    def download(self, path: str) -> str:
        with self.sftp.open(f"{self.root}/{path}") as file:
            return file.read().decode()

    def names(self, folder: str) -> list[str]:
        return sorted(self.sftp.listdir(f"{self.root}/{folder}"))


@dataclass(frozen=True)
class Administrator:
    """Whoever runs the imports."""

    installation: Installation
    warehouse: Warehouse

    def run(self, *arguments: object) -> Finished:
        return self.installation.run(*arguments)

    def imports(self, status: int = 0) -> list[dict[str, Any]]:
        """Imports what is pending, checks the exit status, and returns the files."""
        done = self.run("import", "--json")
        assert done.status == status, done.err
        files: list[dict[str, Any]] = json.loads(done.out)["files"]
        return files

    def log(self, name: str) -> dict[str, Any]:
        """The latest file of this name in the import log."""
        files = json.loads(self.run("log", "--json").out)["files"]
        found: dict[str, Any] = next(file for file in files if file["name"] == name)
        return found

    def errors(self, file: dict[str, Any]) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = json.loads(self.run("errors", file["file_id"], "--json").out)["rejected_rows"]
        return entries

    def exported_ids(self, entity: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.run("export-ids", entity).out)))

    def stored(self, query: str) -> list[tuple[Any, ...]]:
        with self.warehouse.connect() as connection:
            return connection.execute(query.encode()).fetchall()


FOLDERS = {
    "products": "PRODUCT_{date}.csv",
    "inventory": "INVENTORY_{date}.csv",
    "customers": "CUSTOMER_{date}.csv",
    "categories": "CATEGORY_{date}.csv",
}


@pytest.fixture
def root(sftp_server: EmbeddedSftp) -> Path:
    """The sender's folder, as the server sees it."""
    return Path(tempfile.mkdtemp(dir=sftp_server.root))


@pytest.fixture
def administrator(sftp_server: EmbeddedSftp, shared_warehouse: Warehouse, root: Path, tmp_path: Path) -> Administrator:
    """An installation that imports the files of `FOLDERS` from the server, into an empty warehouse."""
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": shared_warehouse.url})
    installation.source(
        "drop",
        protocol="sftp",
        host=sftp_server.host,
        port=sftp_server.port,
        username=USER,
        private_key=str(sftp_server.key),
        known_hosts=str(sftp_server.known_hosts),
        root=f"/{root.name}",
        settle_seconds=0,
    )
    for entity, pattern in FOLDERS.items():
        installation.importer(entity, pattern=pattern, date_format="%d_%m_%Y")
        (root / entity.title()).mkdir()
    administrator = Administrator(installation, shared_warehouse)
    tables = administrator.stored(
        "select schemaname || '.' || relname from pg_stat_user_tables where schemaname in ('raw', 'ops')"
    )
    with shared_warehouse.connect() as connection:
        for (table,) in tables:
            connection.execute(f"delete from {table}".encode())
    return administrator


@pytest.fixture
def sender(sftp: paramiko.SFTPClient, root: Path) -> Sender:
    return Sender(sftp, f"/{root.name}")
