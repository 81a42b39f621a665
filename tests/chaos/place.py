"""Where a scenario takes place: a database, a folder on an SFTP server, and processes that import from it."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from uuid import uuid4

from tests.chaos.scenario import File, importers
from tests.conftest import database, prepared_database
from tests.measuring import unmeasured
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities import IMPORT_ORDER
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.importing.importer import with_competitors
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import PENDING, NoProgress
from wiseparts_pipeline.importing.service import import_files
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse, embedded

_FORKS = multiprocessing.get_context("fork")
TIMEOUT_SECONDS = 120
# Exit statuses of a process that imports.
IMPORTED, FAILED = 0, 1


@dataclass(frozen=True)
class Servers:
    """A database server, whose files are in `data`, with a prepared database to copy, and an SFTP server."""

    folder: Path
    data: Path
    url: str
    template: str
    sftp: EmbeddedSftp

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator["Servers"]:
        with (
            EmbeddedSftp.running(folder) as sftp,
            embedded.running(folder / "postgres") as url,
        ):
            with Warehouse(url).connect(autocommit=True) as connection:
                # What a killed server has given to the system is not lost.
                connection.execute("alter system set fsync = off")
                connection.execute("select pg_reload_conf()")
                row = connection.execute("show data_directory").fetchone()
            assert row is not None
            with prepared_database(url) as template:
                yield cls(folder, Path(row[0]), url, template.rpartition("/")[2].partition("?")[0], sftp)

    @property
    def postmaster(self) -> int:
        """The process of the database server."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def start_database(self) -> None:
        """Start the database server again if it has been killed."""
        with embedded.running(self.folder / "postgres"):
            pass

    @contextmanager
    def place(self) -> Iterator["Place"]:
        """An empty database, and an empty folder on the SFTP server."""
        name = uuid4().hex
        root = self.sftp.root / name
        home = self.folder / "homes" / name
        home.mkdir(parents=True)
        for importer in importers():
            (root / importer.folder).mkdir(parents=True)
        try:
            with database(self.url, template=self.template) as url:
                yield Place(self, Warehouse(url), root, home)
        finally:
            shutil.rmtree(root)
            shutil.rmtree(home)


@dataclass
class Counted:
    """What processes that import count for whoever started them."""

    statements: "Synchronized[int]"
    operations: "Synchronized[int]"
    injected: "Synchronized[int]"

    @classmethod
    def new(cls) -> "Counted":
        return cls(*(_FORKS.Value("i", 0) for _ in range(3)))


Hook = Callable[["Place", Counted], None]


def undisturbed(_place: "Place", _counted: Counted) -> None:
    """The hook of a process that nothing happens to."""


@dataclass(frozen=True)
class Place:
    """`root`: the source's folder, as one of this machine. `home`: the state folder of the processes."""

    servers: Servers
    warehouse: Warehouse
    root: Path
    home: Path

    def drop(self, files: Iterable[File]) -> None:
        for file in files:
            (self.root / file.path).write_bytes(file.content)

    def source(self, port: int | None = None, timeout: float = 45) -> SourceSettings:
        sftp = self.servers.sftp
        return SourceSettings.model_validate(
            {
                "name": "erp",
                "protocol": "sftp",
                "host": sftp.host,
                "port": port or sftp.port,
                "username": "wiseparts",
                "private_key": str(sftp.key),
                "known_hosts": str(sftp.known_hosts),
                "root": f"/{self.root.name}",
                "settle_seconds": 0,
                "timeout_seconds": timeout,
            }
        )

    def start(self, source: SourceSettings, hook: Hook, counted: Counted) -> BaseProcess:
        """A process that imports everything that is pending once; `hook` is called in it first."""
        process = _FORKS.Process(target=unmeasured(self._import), args=(source, hook, counted))
        process.start()
        return process

    def import_once(
        self, source: SourceSettings | None = None, hook: Hook = undisturbed, processes: int = 1
    ) -> Counted:
        """Imports everything that is pending, in this many processes at once, the first of them with the hook."""
        counted = Counted.new()
        source = source or self.source()
        hooks: Sequence[Hook] = [hook, *[undisturbed] * (processes - 1)]
        started = [self.start(source, each, counted) for each in hooks]
        for process in started:
            process.join(TIMEOUT_SECONDS)
            if process.exitcode is None:
                process.kill()
                raise TimeoutError("an import does not end")
        return counted

    def recover(self) -> int:
        """Imports, undisturbed, until nothing is left to do; returns how often it took.

        AssertionError: it takes more than three times.
        """
        for times in range(1, 4):
            self.import_once()
            if not self.is_open():
                return times
        raise AssertionError("files are still open after three undisturbed imports")

    def is_prepared(self) -> bool:
        """Whether the tables are there to import into."""
        with self.warehouse.connect() as connection:
            row = connection.execute("select to_regclass('ops.import_files')").fetchone()
        return bool(row and row[0])

    def is_open(self) -> bool:
        """Whether a file is still to be imported or archived."""
        with self.warehouse.connect() as connection:
            row = connection.execute(
                "select exists (select from ops.import_files where archived_to is null)"
            ).fetchone()
        return bool(row and row[0]) or any(path.suffix == ".csv" for path in self.root.glob("*/*"))

    def _import(self, source: SourceSettings, hook: Hook, counted: Counted) -> None:
        os.environ["WISEPARTS_HOME"] = str(self.home)
        hook(self, counted)
        known = with_competitors(importers(), {"erp": source}).values()
        ordered = sorted(known, key=lambda each: IMPORT_ORDER[each.settings.entity])
        try:
            result = import_files(
                ordered, self.warehouse, PENDING, progress=NoProgress(), finished=lambda *_: None, settle=False
            )
        except WisepartsError:
            os._exit(FAILED)
        failed = result.problems or any(each.status is Status.FAILED for each in result.files)
        os._exit(FAILED if failed else IMPORTED)
