"""What the ledger knows of files in the archives of a source, and their removal."""

from datetime import datetime

from wiseparts_pipeline.warehouse import Connection


def archived_before(connection: Connection, source: str, folder: str, before: datetime) -> list[str]:
    """The paths of files that are in a folder of this name, and of error files, since before a moment.

    Without those of files with rows that still wait, and companions of files whose rejected rows may come back.
    """
    rows = connection.execute(
        """
        select archived.path
        from ops.import_files as file
        cross join lateral (values (file.archived_to), (file.error_file)) as archived (path)
        where file.source = %(source)s and file.archived_to is not null
            and split_part(archived.path, '/', -2) = %(folder)s
        group by archived.path
        having max(coalesce(file.finished_at, file.detected_at)) < %(before)s
            and not bool_or(exists (select from ops.waiting_rows as waiting where waiting.file_id = file.file_id))
            and not bool_or(
                exists (
                    select from ops.import_files as main inner join ops.rejected_entries as entry using (file_id)
                    where main.file_id = file.joined_to and main.error_file is not null and entry.status = 'rejected'
                )
            )
        order by archived.path
        """,
        {"source": source, "folder": folder, "before": before},
    )
    return [path for (path,) in rows]


def note_removed(connection: Connection, source: str, path: str, why: str) -> None:
    """Notes that an archived file or an error file is no longer there; `why` stands in place of where it is."""
    connection.execute(
        """
        update ops.import_files
        set archived_to = case when archived_to = %(path)s then %(why)s else archived_to end,
            error_file = nullif(error_file, %(path)s)
        where source = %(source)s and (archived_to = %(path)s or error_file = %(path)s)
        """,
        {"path": path, "source": source, "why": why},
    )


def was_imported(connection: Connection, source: str, sha256: str) -> bool:
    """Whether the content of a file of the source was imported, under any name, by each importer that it came to."""
    row = connection.execute(
        """
        select bool_and(is_imported) from (
            select bool_or(status in ('imported', 'imported_with_errors')) as is_imported
            from ops.import_files where source = %s and sha256 = %s group by importer
        ) as by_importer
        """,
        [source, sha256],
    ).fetchone()
    return bool(row and row[0])
