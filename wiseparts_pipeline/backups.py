"""Backups of a whole installation: its database, the files of its embedded server and what was pulled, in one file.

A tar archive of `backup.json`, which says what is in it, `database.dump` in pg_dump's own format, `sftp/` and `pulls/`.
"""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg import sql

from wiseparts_pipeline.errors import WarehouseError, WisepartsError
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.embedded import binaries
from wiseparts_pipeline.warehouse.locks import BUILD_LOCK, only_one
from wiseparts_pipeline.warehouse.ops import SCHEMAS
from wiseparts_pipeline.warehouse.roles import ensure_roles, roles_were_made

_CONTENTS = "backup.json"
_DUMP = "database.dump"
# In the state folder, the embedded server's files and keys, and what was pulled. Everything else can be made again.
_FOLDERS = ("sftp", "pulls")

Report = Callable[[str], None]


@dataclass(frozen=True)
class Contents:
    """What is in a backup. `rows`: how many each table has, by its name with the schema; `files`: of the folders."""

    wiseparts: str
    created_at: str
    postgresql: str
    rows: dict[str, int]
    files: int


def backup(warehouse: Warehouse, home: Path, target: Path, report: Report) -> Contents:
    """Write a backup to `target`, which only its owner can read, while everything but builds goes on.

    Files are copied before the database, so that one that is imported meanwhile is in both rather than in neither:
    importing it again changes nothing. Raises WisepartsError if `target` exists or cannot be written.
    """
    if target.exists():
        raise WisepartsError(f"{target} exists already: name a new file.")
    part = target.with_name(f"{target.name}.part")
    with _told(target), TemporaryDirectory(prefix="backup-", dir=target.parent) as folder:
        try:
            # One that was left behind may be readable for others.
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            with tarfile.open(part, "w") as archive:
                report("Copying the files of the embedded server, and what was pulled")
                files = sum(_add_files(archive, home / each) for each in _FOLDERS)
                report("Dumping the database")
                with _without_builds(warehouse, report):
                    contents = _dump(warehouse, Path(folder) / _DUMP, files)
                archive.add(Path(folder) / _DUMP, _DUMP)
                described = Path(folder) / _CONTENTS
                described.write_text(json.dumps(asdict(contents), indent=1), encoding="utf-8")
                archive.add(described, _CONTENTS)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
    return contents


def restore(warehouse: Warehouse, home: Path, source: Path, report: Report) -> Contents:
    """Put a backup into a database and a state folder in which nothing has been imported yet.

    The database's server may be another one, of the same or a newer major version. Raises WisepartsError if the file is
    not a backup, if something is there already, or if a table has other rows than when it was backed up.
    """
    with _told(source), TemporaryDirectory(prefix="restore-", dir=home) as temporary:
        folder = Path(temporary)
        report("Unpacking the backup")
        contents = _unpack(source, folder)
        _refuse_used(warehouse, home)
        report("Restoring the database")
        _load(warehouse, folder / _DUMP)
        report("Counting rows")
        with warehouse.connect() as connection:
            _refuse_differing(contents.rows, _count(connection))
        # Tables and rights of this release, if the backup is of an earlier one.
        warehouse.prepare()
        for each in _FOLDERS:
            if (folder / each).is_dir():
                report(f"Copying the files of {each}/")
                shutil.copytree(folder / each, home / each, dirs_exist_ok=True)
                (home / each).chmod(0o700)
    return contents


def renew_rights(warehouse: Warehouse) -> bool:
    """Gives the roles of a server of one's own, if they were made there, their rights on what was restored.

    A backup has no rights in it, as the roles may be others. Returns False if the warehouse's user may not give them.
    """
    with warehouse.connect() as connection:
        if not roles_were_made(connection):
            return True
        try:
            ensure_roles(connection)
        except WarehouseError:
            return False
    return True


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise WisepartsError(f"{path} is not a complete backup: {error}.") from error
    except OSError as error:
        raise WisepartsError(f"{path}: {error.strerror or error} ({error.filename or path}).") from error


def _add_files(archive: tarfile.TarFile, folder: Path) -> int:
    """Adds the folder with all that is in it; returns how many files. One that is moved meanwhile is left out."""
    count = 0
    for path in [folder, *sorted(folder.rglob("*"))] if folder.is_dir() else []:
        try:
            archive.add(path, str(path.relative_to(folder.parent)), recursive=False)
        except FileNotFoundError:
            continue
        count += path.is_file()
    return count


@contextmanager
def _without_builds(warehouse: Warehouse, report: Report) -> Iterator[None]:
    """No build replaces a view or table that pg_dump has listed and not read yet: it would give up."""
    with (
        warehouse.connect(autocommit=True) as connection,
        only_one(connection, BUILD_LOCK, lambda holder: report(f"Waiting for a build of the marts to end: {holder}")),
    ):
        yield


def _dump(warehouse: Warehouse, target: Path, files: int) -> Contents:
    """Dumps the database in one moment, and counts the rows in the same."""
    with warehouse.connect() as connection:
        connection.execute("set transaction isolation level repeatable read read only")
        row = connection.execute("select pg_export_snapshot(), current_setting('server_version')").fetchone()
        assert row is not None
        snapshot, postgresql = row
        rows = _count(connection)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
        _run(connection, "pg_dump", options)
    return Contents(version("wiseparts-pipeline"), datetime.now(UTC).isoformat(), postgresql, rows, files)


def _count(connection: Connection) -> dict[str, int]:
    """The rows of each table of the database, but for those of PostgreSQL itself."""
    tables = connection.execute(
        """
        select schemaname, tablename from pg_tables
        where schemaname <> 'information_schema' and schemaname not like 'pg\\_%' order by 1, 2
        """
    ).fetchall()
    counts = {}
    for schema, table in tables:
        query = sql.SQL("select count(*) from only {}").format(sql.Identifier(schema, table))
        row = connection.execute(query).fetchone()
        assert row is not None
        counts[f"{schema}.{table}"] = row[0]
    return counts


def _unpack(source: Path, folder: Path) -> Contents:
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    try:
        described = json.loads((folder / _CONTENTS).read_text(encoding="utf-8"))
        return Contents(**described)
    except (FileNotFoundError, ValueError, TypeError) as error:
        raise WisepartsError(f"{source} is not a backup that `wiseparts backup` has made.") from error


def _refuse_used(warehouse: Warehouse, home: Path) -> None:
    with warehouse.connect() as connection:
        row = connection.execute("select count(*) from ops.import_files").fetchone()
    if row and row[0]:
        raise WisepartsError(
            f"The database has {row[0]:,} imported files already. Restore into an empty one: set WISEPARTS_HOME to a"
            " new folder, or WISEPARTS_DATABASE_URL to a new database."
        )
    for files in (home / "sftp" / "root", home / "pulls"):
        if any(path.is_file() for path in files.rglob("*")):
            raise WisepartsError(f"There are files in {files}: set WISEPARTS_HOME to a new folder.")


def _load(warehouse: Warehouse, dump: Path) -> None:
    """Replaces the empty tables by those of the dump, or changes nothing."""
    listed = subprocess.run([binaries() / "pg_restore", "--list", dump], capture_output=True, check=False)
    if listed.returncode:
        raise WisepartsError(f"The dump in the backup cannot be read: {listed.stderr.decode(errors='replace').strip()}")
    with warehouse.connect(autocommit=True) as connection:
        with connection.transaction():
            for schema in SCHEMAS:
                connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
        try:
            options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
            _run(connection, "pg_restore", [*options, str(dump)])
        except WisepartsError:
            warehouse.prepare()
            raise
        connection.execute("analyze")


def _refuse_differing(expected: dict[str, int], found: dict[str, int]) -> None:
    differing = [
        f"{table} ({found.get(table, 0):,} instead of {expected.get(table, 0):,})"
        for table in sorted(expected.keys() | found.keys())
        if expected.get(table) != found.get(table)
    ]
    if differing:
        raise WisepartsError(
            f"Tables have other rows than the backup: {', '.join(differing)}. Do not use this database."
        )


def _run(connection: Connection, program: str, arguments: Sequence[str]) -> None:
    """Runs a program of PostgreSQL on the connection's database; no list of processes shows the password."""
    info = connection.info
    environment = os.environ | ({"PGPASSWORD": info.password} if info.password else {})
    command = [str(binaries() / program), f"--dbname={info.dsn}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        message = " ".join(done.stderr.decode(errors="replace").split())
        raise WisepartsError(f"{program} failed: {message}")
