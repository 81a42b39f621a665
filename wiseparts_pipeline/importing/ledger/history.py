"""What the ledger knows of the files before: newer ones, the original of an error file, each importer's last import."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class NewerFile:
    """An imported file whose records an older file does not overwrite."""

    file_id: int
    importer: str


@dataclass(frozen=True)
class LastImport:
    """An importer's last imported file, if any; `held_up`: later files that were refused or failed."""

    importer: str
    last_file: str | None
    last_imported_at: datetime | None
    held_up: int


def newer_files(
    connection: Connection, entity: str, file_date: date | None, file_id: int | None = None
) -> list[NewerFile]:
    """The imported files of a later date, and with a `file_id` those of the same date that were detected after it."""
    with connection.cursor(row_factory=class_row(NewerFile)) as cursor:
        return cursor.execute(
            """
            select file_id, importer from ops.import_files
            where entity = %(entity)s and status in ('imported', 'imported_with_errors')
                and (file_date > %(file_date)s or (file_date = %(file_date)s and file_id > %(file_id)s))
            """,
            {"entity": entity, "file_date": file_date, "file_id": file_id},
        ).fetchall()


def original_of(connection: Connection, importer: str, name: str) -> int | None:
    """The id of the file whose error file has this name; None when there is none."""
    row = connection.execute(
        """
        select file_id from ops.import_files
        where importer = %s and right(error_file, length(%s) + 1) = '/' || %s order by file_id desc limit 1
        """,
        [importer, name, name],
    ).fetchone()
    return int(row[0]) if row else None


def last_imports(connection: Connection) -> dict[str, LastImport]:
    """By importer, for all of which a file was ever seen."""
    with connection.cursor(row_factory=class_row(LastImport)) as cursor:
        cursor.execute(
            """
            with imported as (
                select distinct on (importer) importer, name, finished_at
                from ops.import_files
                where status in ('imported', 'imported_with_errors')
                order by importer, finished_at desc, file_id desc
            )
            select
                importer,
                max(imported.name) as last_file,
                max(imported.finished_at) as last_imported_at,
                count(*) filter (
                    where files.status in ('refused', 'failed')
                    and files.finished_at > coalesce(imported.finished_at, '-infinity')
                ) as held_up
            from ops.import_files as files
            left join imported using (importer)
            group by importer
            """
        )
        return {row.importer: row for row in cursor}
