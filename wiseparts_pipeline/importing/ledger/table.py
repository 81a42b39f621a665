"""The ledger `ops.import_files`: which file was seen when, and what became of it.

It alone decides what is new. A file is one row as long as it is in its place unchanged; once it is archived, the next
file in that place is another row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from wiseparts_pipeline.importing.ledger.outcome import Outcome, Status
from wiseparts_pipeline.importing.ledger.rows import LedgerFile, LedgerRow
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.locks import lock_until_commit, try_lock_until_commit


def open_file(status: str, **columns: Any) -> LedgerFile:
    return LedgerFile(status=Status(status), **columns)


def _row(status: str, **columns: Any) -> LedgerRow:
    return LedgerRow(status=Status(status), **columns)


_ROW_COLUMNS = ", ".join(column.name for column in fields(LedgerRow))
OPEN_COLUMNS = (
    "file_id, importer, source, path, name, size_bytes, modified_at, file_date, file_moment, sha256, status, attempts,"
    " detected_at, finished_at"
)


def open_files(connection: Connection, source: str, importers: Sequence[str]) -> list[LedgerFile]:
    """The files of these importers that are not both finished and archived."""
    with connection.cursor(row_factory=kwargs_row(open_file)) as cursor:
        return cursor.execute(
            f"select {OPEN_COLUMNS} from ops.import_files"  # noqa: S608
            " where source = %s and importer = any(%s) and archived_to is null",
            [source, list(importers)],
        ).fetchall()


def get(connection: Connection, file_id: int) -> LedgerRow:
    """Raises KeyError when there is no such row."""
    with connection.cursor(row_factory=kwargs_row(_row)) as cursor:
        query = f"select {_ROW_COLUMNS} from ops.import_files where file_id = %s"  # noqa: S608
        row = cursor.execute(query, [file_id]).fetchone()
    if row is None:
        raise KeyError(file_id)
    return row


def get_all(connection: Connection, file_ids: Iterable[int]) -> dict[int, LedgerRow]:
    """The rows with these ids, by file_id, oldest file first; ids without a row are left out."""
    with connection.cursor(row_factory=kwargs_row(_row)) as cursor:
        query = (
            f"select {_ROW_COLUMNS} from ops.import_files"  # noqa: S608
            " where file_id = any(%s) order by file_date, file_moment, file_id"
        )
        return {row.file_id: row for row in cursor.execute(query, [list(file_ids)])}


def latest(connection: Connection, importer: str | None, limit: int | None) -> list[LedgerRow]:
    """The rows of one importer or of all, the latest first; all of them without a limit."""
    with connection.cursor(row_factory=kwargs_row(_row)) as cursor:
        return cursor.execute(
            f"""
            select {_ROW_COLUMNS} from ops.import_files
            where %(importer)s::text is null or importer = %(importer)s
            order by coalesce(started_at, detected_at) desc, file_id desc
            limit %(limit)s
            """,  # noqa: S608
            {"importer": importer, "limit": limit},
        ).fetchall()


def errors(connection: Connection, file_ids: Sequence[int]) -> dict[int, str]:
    """What went wrong with these files, by file_id; those without an error are left out."""
    query = "select file_id, error from ops.import_files where file_id = any(%s) and error is not null"
    return dict(connection.execute(query, [list(file_ids)]).fetchall())


def known_paths(connection: Connection, source: str) -> set[str]:
    """Every path of the source that a file was seen at."""
    query = "select distinct path from ops.import_files where source = %s"
    return {path for (path,) in connection.execute(query, [source])}


def unwritten_row(file: LedgerFile, entity: str, outcome: Outcome, sha256: str | None) -> LedgerRow:
    """The row that the file would have if its import had been committed."""
    columns: dict[str, Any] = {name: value for name, value in vars(file).items() if name != "companions"}
    columns |= {"file_id": 0, "entity": entity, "sha256": sha256 or file.sha256} | _outcome_columns(outcome)
    columns |= dict.fromkeys(("run_id", "started_at", "finished_at", "archived_to", "error_file", "joined_to"))
    return LedgerRow(**columns)


def _outcome_columns(outcome: Outcome) -> dict[str, Any]:
    counts = {f"rows_{name}": count for name, count in vars(outcome.counts).items() if name != "warnings"}
    return {
        "status": outcome.status,
        "warnings": outcome.counts.warnings,
        "error_code": outcome.error_code,
        "error": outcome.error,
        "file_columns": outcome.file_columns,
        **counts,
    }


def add_detected(connection: Connection, entity_of: Mapping[str, str], files: Sequence[LedgerFile]) -> list[LedgerFile]:
    """Writes new rows, whatever their file_id says; returns them with the one that they were given."""
    with connection.cursor(row_factory=kwargs_row(open_file)) as cursor:
        return cursor.execute(
            f"""
            insert into ops.import_files
                (importer, entity, source, path, name, size_bytes, modified_at, file_date, file_moment, status,
                    detected_at)
            select importer, entity, source, path, name, size_bytes, modified_at, file_date, file_moment, 'detected',
                clock_timestamp()
            from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
                        %s::date[], %s::timestamptz[])
                as new (importer, entity, source, path, name, size_bytes, modified_at, file_date, file_moment)
            returning {OPEN_COLUMNS}
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
                [file.file_moment for file in files],
            ],
        ).fetchall()


def note_change(connection: Connection, file_id: int, size_bytes: int, modified_at: datetime) -> None:
    """A file that was seen before has another size or time: it is still being written, or was sent again."""
    connection.execute(
        """
        update ops.import_files
        set size_bytes = %s, modified_at = %s, detected_at = clock_timestamp(), status = 'detected', attempts = 0,
            error_code = null, error = null
        where file_id = %s
        """,
        [size_bytes, modified_at, file_id],
    )


def lock_source(connection: Connection, source: str) -> None:
    """Until the transaction ends, no one else notes what is on the source: several may list it at a time."""
    lock_until_commit(connection, f"wiseparts.discover.{source}")


def lock_name(entity: str) -> str:
    """The name of the lock that an import of the entity holds."""
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


def joined_before(connection: Connection, importer: str, path: str, original: int | None) -> list[tuple[str, str]]:
    """Name and present path of the companions of the file at this path, or of the `original` of this error file."""
    return connection.execute(
        """
        select name, archived_to from ops.import_files
        where archived_to is not null and joined_to = (
            select max(file_id) from ops.import_files
            where importer = %(importer)s and joined_to is null
                and (archived_to = %(path)s or file_id = %(original)s)
        )
        """,
        {"importer": importer, "path": path, "original": original},
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


def finish(connection: Connection, file_id: int, outcome: Outcome) -> None:
    """Writes the outcome of a file's import; of an imported one, in the transaction of its rows."""
    columns = _outcome_columns(outcome)
    json = {name: Jsonb(columns[name]) for name in ("warnings", "file_columns")}
    connection.execute(
        """
        update ops.import_files
        set status = %(status)s, rows_read = %(rows_read)s, rows_created = %(rows_created)s,
            rows_updated = %(rows_updated)s, rows_unchanged = %(rows_unchanged)s,
            rows_superseded = %(rows_superseded)s, rows_rejected = %(rows_rejected)s, rows_waiting = %(rows_waiting)s,
            rows_deleted = %(rows_deleted)s, warnings = %(warnings)s, error_code = %(error_code)s, error = %(error)s,
            file_columns = %(file_columns)s, finished_at = clock_timestamp() where file_id = %(file_id)s
        """,
        columns | json | {"file_id": file_id},
    )


def note_archived(connection: Connection, file_id: int, archived_to: str, error_file: str | None = None) -> None:
    connection.execute(
        """
        update ops.import_files
        set archived_to = %s, error_file = coalesce(%s, error_file),
            error = case when error_code is not null then split_part(error, E'\\n', 1) end
        where file_id = %s
        """,
        [archived_to, error_file, file_id],
    )


def note_not_archived(connection: Connection, file_id: int, why: str) -> None:
    """Notes why a finished file is still in its folder, below the reason why it was refused if it was."""
    connection.execute(
        """
        update ops.import_files
        set error = concat_ws(E'\\n', case when error_code is not null then split_part(error, E'\\n', 1) end, %s::text)
        where file_id = %s
        """,
        [f"It is still in its folder: {why}", file_id],
    )
