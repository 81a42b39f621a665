"""In which order files count: by the date in their names, the time, and their arrival."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class NewerFile:
    """An imported file whose records an older file does not overwrite.

    `snapshot_values`: those of the columns within which it was a full snapshot; None where there are no such columns.
    """

    file_id: int
    importer: str
    snapshot_values: Sequence[str] | None


@dataclass(frozen=True)
class FileOfDay:
    """An imported file of the same day as another one."""

    file_id: int
    name: str
    path: str
    rows_read: int


@dataclass(frozen=True)
class FutureFile:
    """An imported file dated in the future; `archived_name`: under which it lies in `processed/`, or was sent."""

    file_id: int
    importer: str
    name: str
    archived_name: str
    file_date: date


def is_newer(file_date: date | None, file_moment: datetime | None, file_id: int | None = None) -> sql.Composed:
    """The condition that `file`, a row of the ledger, is newer than a file of this date.

    It has a later date, or a later time of the same day where both names tell one. Of other files of the same day, with
    a `file_id` those are newer that were detected after it; without, none is.
    """
    return sql.SQL(
        """
        (file.file_date > {file_date} or file.file_date = {file_date} and (
            file.file_moment > {moment} or (file.file_moment = {moment}) is not false and file.file_id > {file_id}
        )) is true
        """
    ).format(file_date=sql.Literal(file_date), moment=sql.Literal(file_moment), file_id=sql.Literal(file_id))


def in_order(table: str, *, newest_first: bool = False) -> sql.Composed:
    """What rows are ordered by that have the date, the moment and the id of their file, for an ORDER BY clause.

    A file without a time in its name is the first of its day, and one without a date older than any.
    """
    columns = [sql.Identifier(table, name) for name in ("file_date", "file_moment", "file_id")]
    form = sql.SQL("{} desc nulls last" if newest_first else "{} nulls first")
    return sql.SQL(", ").join(form.format(column) for column in columns)


def newer_files(connection: Connection, entity: str, newer: sql.Composed) -> list[NewerFile]:
    """The imported files of an entity that are `newer`, a condition made by `is_newer`."""
    with connection.cursor(row_factory=class_row(NewerFile)) as cursor:
        return cursor.execute(
            sql.SQL(
                """
                select file_id, importer, snapshot_values from ops.import_files as file
                where entity = {} and status in ('imported', 'imported_with_errors') and {}
                """
            ).format(sql.Literal(entity), newer)
        ).fetchall()


def files_of_day(
    connection: Connection, importer: str, file_date: date | None, file_moment: datetime | None
) -> list[FileOfDay]:
    """The importer's imported files of a day that are neither older nor newer by the times in their names."""
    with connection.cursor(row_factory=class_row(FileOfDay)) as cursor:
        return cursor.execute(
            """
            select file_id, name, path, rows_read from ops.import_files
            where importer = %s and file_date = %s and (file_moment = %s) is not false and joined_to is null
                and status in ('imported', 'imported_with_errors')
            """,
            [importer, file_date, file_moment],
        ).fetchall()


def future_files(connection: Connection, after: datetime) -> list[FutureFile]:
    """The imported files that are dated after the day of a moment, those of the latest dates last."""
    with connection.cursor(row_factory=class_row(FutureFile)) as cursor:
        return cursor.execute(
            """
            select file_id, importer, name, file_date,
                case when archived_to like '(%%' then name else coalesce(substring(archived_to from '[^/]+$'), name) end
                    as archived_name
            from ops.import_files
            where status in ('imported', 'imported_with_errors') and joined_to is null and file_date > %s
            order by file_date, file_id
            """,
            [after.date()],
        ).fetchall()


def date_by_arrival(connection: Connection, importer: str, names: Collection[str], zone: str) -> None:
    """Gives the importer's files of these names that are dated after they arrived the date of their arrival."""
    connection.execute(
        """
        update ops.import_files set file_date = (detected_at at time zone %(zone)s)::date, file_moment = null
        where importer = %(importer)s and name = any(%(names)s)
            and file_date > (detected_at at time zone %(zone)s)::date
        """,
        {"importer": importer, "names": list(names), "zone": zone},
    )


def note_snapshot_values(connection: Connection, file_id: int, values: Sequence[str]) -> None:
    """Notes for which values of its `snapshot_within` columns a file is a full snapshot."""
    connection.execute(
        "update ops.import_files set snapshot_values = %s where file_id = %s", [Jsonb(list(values)), file_id]
    )
