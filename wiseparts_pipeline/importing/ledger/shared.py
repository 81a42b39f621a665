"""What the ledger knows of a file that several importers share: each of them has a row of its own of it."""

import zlib
from collections.abc import Collection, Iterable

from psycopg.rows import kwargs_row

from wiseparts_pipeline.importing.ledger.rows import LedgerFile
from wiseparts_pipeline.importing.ledger.table import OPEN_COLUMNS, open_file
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.locks import lock_until_commit


def open_at(connection: Connection, source: str, paths: Collection[str]) -> list[LedgerFile]:
    """The rows of files at these paths that are not archived, whichever importer they are of, oldest first."""
    with connection.cursor(row_factory=kwargs_row(open_file)) as cursor:
        return cursor.execute(
            f"select {OPEN_COLUMNS} from ops.import_files"  # noqa: S608
            " where source = %s and path = any(%s) and archived_to is null order by file_id",
            [source, list(paths)],
        ).fetchall()


def finished_with(file: LedgerFile, rows: Iterable[LedgerFile]) -> list[LedgerFile]:
    """Those of the rows that are of the same unchanged file and of importers that have imported or refused it."""
    return [each for each in rows if each.is_finished and each.version == file.version]


def lock_file(connection: Connection, file: LedgerFile) -> None:
    """Until the transaction ends, no other importer archives the file, nor some others of the source."""
    # Locks stay in their table: not one for each path that there has ever been.
    few = zlib.crc32(file.path.encode(errors="surrogateescape")) % 64
    lock_until_commit(connection, f"wiseparts.archive.{file.source}.{few}")


def moved_to(connection: Connection, file: LedgerFile) -> str | None:
    """Where another importer has archived the file to."""
    row = connection.execute(
        """
        select archived_to from ops.import_files
        where source = %(source)s and path = %(path)s and size_bytes = %(size_bytes)s and modified_at = %(modified_at)s
            and archived_to is not null and importer <> %(importer)s
        order by finished_at desc limit 1
        """,
        vars(file),
    ).fetchone()
    return str(row[0]) if row else None


def note_error_file(connection: Connection, file_id: int, error_file: str | None) -> None:
    """Notes the error file of a file that stays in its folder for another importer."""
    connection.execute("update ops.import_files set error_file = %s where file_id = %s", [error_file, file_id])


def note_archived_with(connection: Connection, file: LedgerFile, archived_to: str) -> None:
    """Notes where a file is that has been archived for all of its importers.

    One whose error file is not there yet, after a crash, is left to archive it itself.
    """
    connection.execute(
        """
        update ops.import_files as files
        set archived_to = %(archived_to)s,
            error = case when error_code is not null then split_part(error, E'\\n', 1) end
        where source = %(source)s and path = %(path)s and size_bytes = %(size_bytes)s and modified_at = %(modified_at)s
            and archived_to is null and status in ('imported', 'imported_with_errors', 'refused')
            and (
                error_file is not null
                or not exists (
                    select from ops.rejected_entries as entries
                    where entries.file_id = files.file_id and entries.status = 'rejected'
                )
            )
        """,
        vars(file) | {"archived_to": archived_to},
    )


def note_moved(connection: Connection, file: LedgerFile, target: str) -> None:
    """Notes that an archived file, which was imported again, is in another place now."""
    connection.execute(
        "update ops.import_files set archived_to = %s where source = %s and archived_to = %s",
        [target, file.source, file.path],
    )
