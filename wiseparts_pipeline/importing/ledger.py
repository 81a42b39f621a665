"""The ledger `ops.import_files`: which file was seen when, and what became of it.

It alone decides what is new. A file is one row as long as it lies at its place unchanged; once it is archived, the next
file at that place is another row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.locks import try_lock_until_commit


class Status(StrEnum):
    DETECTED = "detected"
    IMPORTING = "importing"
    IMPORTED = "imported"
    IMPORTED_WITH_ERRORS = "imported_with_errors"
    REFUSED = "refused"
    FAILED = "failed"


# Where a file is archived to that is not there to be moved.
REPLACED = "(replaced by the sender)"
REMOVED = "(removed by the sender)"

FINISHED = (Status.IMPORTED, Status.IMPORTED_WITH_ERRORS, Status.REFUSED)


@dataclass(frozen=True)
class LedgerFile:
    """An open row of the ledger: a file that is to be imported, or that was and is to be archived.

    `companions`: the files that are read with it, one for each `join` of its importer, in their order.
    """

    file_id: int
    importer: str
    source: str
    path: str
    name: str
    size_bytes: int
    modified_at: datetime
    file_date: date | None
    sha256: str | None
    status: Status
    attempts: int
    detected_at: datetime
    companions: "tuple[LedgerFile, ...]" = ()

    @property
    def is_finished(self) -> bool:
        """Imported or refused, and only to be archived."""
        return self.status in FINISHED


@dataclass
class Counts:
    """What became of a file's rows; read = created + updated + unchanged + superseded + rejected + waiting."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    waiting: int = 0
    deleted: int = 0
    warnings: dict[str, int] = field(default_factory=dict)

    def assert_all_accounted_for(self, *, reported: int, refused: bool) -> None:
        """Raises AssertionError when a row is neither loaded nor waiting nor reported, or is so twice.

        `reported`: the rows of which it was said why they are rejected. Of a refused file none is loaded.
        """
        parts = self.created + self.updated + self.unchanged + self.superseded + self.rejected + self.waiting
        if self.rejected != reported or self.unchanged < 0 or (self.read != parts and not refused):
            raise AssertionError(f"{self.read} rows were read, and {parts} are accounted for, {reported} told: {self}")


_OPEN_COLUMNS = (
    "file_id, importer, source, path, name, size_bytes, modified_at, file_date, sha256, status, attempts, detected_at"
)


def open_files(connection: Connection, source: str, importers: Sequence[str]) -> list[LedgerFile]:
    """The files of these importers that are not both finished and archived."""
    with connection.cursor(row_factory=class_row(LedgerFile)) as cursor:
        cursor.execute(
            f"select {_OPEN_COLUMNS} from ops.import_files"  # noqa: S608
            " where source = %s and importer = any(%s) and archived_to is null",
            [source, list(importers)],
        )
        return [_with_status(row) for row in cursor]


def _with_status(row: LedgerFile) -> LedgerFile:
    object.__setattr__(row, "status", Status(row.status))
    return row


def get(connection: Connection, file_id: int) -> dict[str, Any]:
    """All columns of a row. Raises KeyError when there is none."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("select * from ops.import_files where file_id = %s", [file_id]).fetchone()
    if row is None:
        raise KeyError(file_id)
    return row


def add_detected(connection: Connection, entity_of: Mapping[str, str], files: Sequence[LedgerFile]) -> list[LedgerFile]:
    """Writes new rows, whatever their file_id says, and gives them back with the one they got."""
    with connection.cursor(row_factory=class_row(LedgerFile)) as cursor:
        cursor.execute(
            f"""
            insert into ops.import_files
                (importer, entity, source, path, name, size_bytes, modified_at, file_date, status, detected_at)
            select importer, entity, source, path, name, size_bytes, modified_at, file_date, 'detected',
                clock_timestamp()
            from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
                        %s::date[])
                as new (importer, entity, source, path, name, size_bytes, modified_at, file_date)
            returning {_OPEN_COLUMNS}
            """,  # noqa: S608
            [
                [file.importer for file in files],
                [entity_of[file.importer] for file in files],
                [file.source for file in files],
                [file.path for file in files],
                [file.name for file in files],
                [file.size_bytes for file in files],
                [file.modified_at for file in files],
                [file.file_date for file in files],
            ],
        )
        return [_with_status(row) for row in cursor]


def note_change(connection: Connection, file_id: int, size_bytes: int, modified_at: datetime) -> None:
    """A file that was seen before has another size or time: it is still being written, or was sent anew."""
    connection.execute(
        """
        update ops.import_files
        set size_bytes = %s, modified_at = %s, detected_at = clock_timestamp(), status = 'detected', attempts = 0,
            error_code = null, error = null
        where file_id = %s
        """,
        [size_bytes, modified_at, file_id],
    )


def lock_name(entity: str) -> str:
    """The name of the advisory lock that an import of the entity holds."""
    return f"wiseparts.import.{entity}"


def fail_interrupted(connection: Connection, entity: str, file_id: int) -> bool:
    """Marks a file as failed whose import was killed; False when an import of the entity is running."""
    if not try_lock_until_commit(connection, lock_name(entity)):
        return False
    connection.execute(
        """
        update ops.import_files
        set status = 'failed', finished_at = clock_timestamp(), error = 'The import was cut short.'
        where file_id = %s and status = 'importing'
        """,
        [file_id],
    )
    return True


def forget(connection: Connection, file_ids: Sequence[int]) -> None:
    """Drops files that were detected and went away before they were imported."""
    connection.execute("delete from ops.import_files where file_id = any(%s) and status = 'detected'", [list(file_ids)])


def start(connection: Connection, file_id: int, run_id: str | None) -> None:
    connection.execute(
        """
        update ops.import_files
        set status = 'importing', run_id = %s, started_at = clock_timestamp(), finished_at = null, error_code = null,
            error = null, attempts = attempts + 1
        where file_id = %s
        """,
        [run_id, file_id],
    )


def note_content(connection: Connection, file_id: int, sha256: str) -> bool:
    """Notes a file's hash; whether the importer's last file had the same content."""
    row = connection.execute(
        """
        update ops.import_files as file set sha256 = %s where file_id = %s
        returning %s = (
            select earlier.sha256 from ops.import_files as earlier
            where earlier.importer = file.importer and earlier.file_id <> file.file_id
                and earlier.status in ('imported', 'imported_with_errors') and earlier.joined_to is null
            order by earlier.finished_at desc, earlier.file_id desc
            limit 1
        )
        """,
        [sha256, file_id, sha256],
    ).fetchone()
    return bool(row and row[0])


def note_joined(connection: Connection, file_id: int, joined_to: int, sha256: str) -> bool:
    """Notes a companion's hash and what it is read with; whether the last file of the importer came with the same."""
    row = connection.execute(
        """
        update ops.import_files as file set joined_to = %s, sha256 = %s where file_id = %s
        returning exists (
            select from ops.import_files as earlier
            where earlier.importer = file.importer and earlier.sha256 = %s and earlier.joined_to = (
                select max(file_id) from ops.import_files as main
                where main.importer = file.importer and main.joined_to is null and main.file_id <> %s
                    and main.status in ('imported', 'imported_with_errors')
            )
        )
        """,
        [joined_to, sha256, file_id, sha256, joined_to],
    ).fetchone()
    return bool(row and row[0])


def joined_before(connection: Connection, importer: str, path: str) -> list[tuple[str, str]]:
    """Name and present path of the companions of the file that lies there, or whose error file has this path's name."""
    return connection.execute(
        """
        select name, archived_to from ops.import_files
        where archived_to is not null and joined_to = (
            select max(file_id) from ops.import_files
            where importer = %(importer)s and joined_to is null and (
                archived_to = %(path)s
                or right(error_file, length(%(name)s) + 1) = '/' || %(name)s
            )
        )
        """,
        {"importer": importer, "path": path, "name": path.rpartition("/")[2]},
    ).fetchall()


def release_companion(connection: Connection, file_id: int) -> None:
    """A companion stays where it is, for another file that is to be read with it as well."""
    connection.execute(
        """
        update ops.import_files
        set status = 'detected', joined_to = null, run_id = null, started_at = null, attempts = 0
        where file_id = %s
        """,
        [file_id],
    )


def finish(
    connection: Connection,
    file_id: int,
    status: Status,
    counts: Counts,
    *,
    error_code: str | None = None,
    error: str | None = None,
) -> None:
    """Writes what became of a file; for an imported one, in the transaction of its rows."""
    connection.execute(
        """
        update ops.import_files
        set status = %s, rows_read = %s, rows_created = %s, rows_updated = %s, rows_unchanged = %s,
            rows_superseded = %s, rows_rejected = %s, rows_waiting = %s, rows_deleted = %s, warnings = %s,
            error_code = %s, error = %s, finished_at = clock_timestamp()
        where file_id = %s
        """,
        [
            status,
            counts.read,
            counts.created,
            counts.updated,
            counts.unchanged,
            counts.superseded,
            counts.rejected,
            counts.waiting,
            counts.deleted,
            Jsonb(counts.warnings),
            error_code,
            error,
            file_id,
        ],
    )


def note_archived(connection: Connection, file_id: int, archived_to: str, error_file: str | None = None) -> None:
    connection.execute(
        """
        update ops.import_files
        set archived_to = %s, error_file = %s,
            error = case when error_code is not null then split_part(error, E'\\n', 1) end
        where file_id = %s
        """,
        [archived_to, error_file, file_id],
    )


def note_not_archived(connection: Connection, file_id: int, why: str) -> None:
    """Says why a finished file still lies in its folder, below why it was refused if it was."""
    connection.execute(
        """
        update ops.import_files
        set error = concat_ws(E'\\n', case when error_code is not null then split_part(error, E'\\n', 1) end, %s::text)
        where file_id = %s
        """,
        [f"It still lies in its folder: {why}", file_id],
    )
