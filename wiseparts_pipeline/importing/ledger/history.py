"""What the ledger knows of the files before: newer ones, the original of an error file, each importer's last import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from wiseparts_pipeline.config.connections.service import SERVICE
from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class BroughtBy:
    """The importer, the name and the path of the file that last changed a record."""

    importer: str
    name: str
    path: str


@dataclass(frozen=True)
class StaleFeed:
    """An importer whose newest files changed little: how many in succession were mostly stale, the last of them."""

    importer: str
    files: int
    last_file: str


@dataclass(frozen=True)
class LastImport:
    """An importer's last imported file, if any; `held_up`: later files that were refused or failed."""

    importer: str
    last_file: str | None
    last_imported_at: datetime | None
    held_up: int


def has_other_importers(connection: Connection, entity: str, source: str, importer: str) -> bool:
    """Whether another importer has imported files of the entity from the source."""
    row = connection.execute(
        """
        select exists (
            select from ops.import_files where entity = %s and source = %s and importer <> %s
                and status in ('imported', 'imported_with_errors')
        )
        """,
        [entity, source, importer],
    ).fetchone()
    return bool(row and row[0])


def brought_by(connection: Connection, file_ids: Sequence[int]) -> tuple[BroughtBy, ...]:
    """The files of these ids in their order; without those that the ledger does not have."""
    with connection.cursor(row_factory=class_row(BroughtBy)) as cursor:
        query = """
            select importer, name, path from ops.import_files where file_id = any(%(ids)s)
            order by array_position(%(ids)s, file_id)
        """
        return tuple(cursor.execute(query, {"ids": list(file_ids)}).fetchall())


def original_of(connection: Connection, importer: str, error_file: str) -> int | None:
    """The id of the file whose error file had this path; None when there is none.

    One that comes from elsewhere is known by its name, if no two error files have it.
    """
    name = error_file.rpartition("/")[2]
    rows = connection.execute(
        """
        select error_file, max(file_id) from ops.import_files
        where importer = %s and right(error_file, length(%s) + 1) = '/' || %s group by error_file
        """,
        [importer, name, name],
    ).fetchall()
    by_path = {str(path): int(file_id) for path, file_id in rows}
    return by_path.get(error_file) or (next(iter(by_path.values())) if len(by_path) == 1 else None)


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


def refused_entities(connection: Connection) -> set[str]:
    """The entities of which a file was refused, and none has been imported by a later run.

    A request of a program is not part of a delivery.
    """
    rows = connection.execute(
        """
        select distinct entity from ops.import_files as refused
        where status = 'refused' and source <> %(service)s and not exists (
            select from ops.import_files as later
            where later.entity = refused.entity and later.status in ('imported', 'imported_with_errors')
                and later.finished_at > refused.finished_at and later.source <> %(service)s
                and coalesce(later.run_id, later.file_id::text) is distinct from refused.run_id
        )
        """,
        {"service": SERVICE},
    ).fetchall()
    return {entity for (entity,) in rows}


def stale_feeds(connection: Connection, now: datetime) -> list[StaleFeed]:
    """The importers whose newest file was mostly stale, files that are dated after tomorrow aside.

    Newest by date: where old files are imported late, nothing is wrong.
    """
    with connection.cursor(row_factory=class_row(StaleFeed)) as cursor:
        return cursor.execute(
            """
            with files as (
                select importer, name, coalesce((warnings ->> 'stale')::bigint, 0) * 2 > rows_read as is_stale,
                    row_number() over (
                        partition by importer order by file_date desc, file_moment desc nulls last, file_id desc
                    ) as position
                from ops.import_files
                where status in ('imported', 'imported_with_errors') and joined_to is null and rows_read > 0
                    and file_date <= %s
            )
            select importer, coalesce(min(position) filter (where not is_stale) - 1, count(*)) as files,
                max(name) filter (where position = 1) as last_file
            from files group by importer
            having bool_or(is_stale) filter (where position = 1)
            """,
            [now.date() + timedelta(days=1)],
        ).fetchall()
