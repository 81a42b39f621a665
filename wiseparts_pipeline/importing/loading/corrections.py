"""Resolves the entries of rejected rows whose rows come back, in an error file or in another file."""

from psycopg import sql

from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.validation.validated import CORRECTS
from wiseparts_pipeline.warehouse import Connection


def resolve_earlier(rows: Rows) -> None:
    """Resolves the entries of rejected rows of earlier files whose key is loaded now; call it before `drop`."""
    if not _has_open(rows):
        return
    # Joins the ledger: to ask it beforehand, every open entry of the entity would have to be fetched.
    rows.execute(
        """
        update ops.rejected_entries as entry
        set status = 'resolved', resolved_at = now(), resolved_by_file_id = {file_id}
        from ops.import_files as file
        where entry.entity = {entity} and entry.status = 'rejected' and entry.file_id <> {file_id}
            and file.file_id = entry.file_id and not {newer}
            and exists (select from {table} as staged where {key} = entry.key)
        """,
        entity=sql.Literal(rows.entity.name),
        file_id=sql.Literal(rows.rules.file_id),
        newer=rows.rules.newer_file(by_arrival=False),
        key=rows.key_text("staged"),
    )


def _has_open(rows: Rows) -> bool:
    row = rows.connection.execute(
        """
        select exists (
            select from ops.rejected_entries
            where entity = %s and status = 'rejected' and key is not null and file_id <> %s
        )
        """,
        [rows.entity.name, rows.rules.file_id],
    ).fetchone()
    return bool(row and row[0])


def resolve_told(connection: Connection, file_id: int) -> None:
    """Resolves the entries of a file whose sender has been told of them and does not send these rows again."""
    connection.execute(
        """
        update ops.rejected_entries set status = 'resolved', resolved_at = now(), resolved_by_file_id = file_id
        where file_id = %s and status = 'rejected'
        """,
        [file_id],
    )


def resolve_original(rows: Rows) -> None:
    """Resolves the entries of rows that came back in an error file: each is loaded, deferred or rejected again.

    Call it when the rows are staged, and again when those that are rejected are in `ops.rejected_rows`.
    """
    rows.execute(
        """
        update ops.rejected_entries as entry
        set status = 'resolved', resolved_at = now(), resolved_by_file_id = {file_id}
        where entry.file_id = {original} and entry.status = 'rejected' and (
            entry.row_number in (select {corrects} from {table})
            or entry.row_number::text in (select raw ->> '_row' from ops.rejected_entries where file_id = {file_id})
        )
        """,
        file_id=sql.Literal(rows.rules.file_id),
        original=sql.Literal(rows.rules.corrects),
        corrects=sql.Identifier(CORRECTS),
    )
