"""Old contents of the schema ops: what no rule, count or report needs any more."""

from datetime import datetime
from typing import LiteralString

from wiseparts_pipeline.warehouse import Connection

# By the attribute with the age: statements that delete what is older than %(before)s. The count is that of the first.
STATEMENTS: dict[str, tuple[LiteralString, ...]] = {
    # The entries themselves have the numbers with which corrected rows go on. An exported order is held by the cells of
    # a row that may be a line of it.
    "rejected_rows": (
        """
        update ops.rejected_entries set raw = null, value = null
        where created_at < %(before)s and (raw is not null or value is not null)
            and not (
                entity = 'orders' and key is null and status = 'rejected' and exists (select from ops.exporters)
            )
        """,
    ),
    "deferred_rows": (
        """
        with old as (
            select file_id, row_number from ops.deferred_rows
            where file_id in (select file_id from ops.resolved_files where resolved_at < %(before)s)
            union
            select file_id, row_number from ops.resolved_rows where resolved_at < %(before)s
        ),
        entries as (
            delete from ops.deferred_entries as entry using old
            where entry.file_id = old.file_id and entry.row_number = old.row_number
        ),
        resolved as (
            delete from ops.resolved_rows as resolved using old
            where resolved.file_id = old.file_id and resolved.row_number = old.row_number
        )
        delete from ops.deferred_rows as came using old
        where came.file_id = old.file_id and came.row_number = old.row_number
        """,
        "delete from ops.resolved_files where resolved_at < %(before)s",
        """
        delete from ops.waiting_files as file
        where not exists (select from ops.waiting_rows as waiting where waiting.file_id = file.file_id)
            and not exists (select from ops.deferred_rows as came where came.file_id = file.file_id)
        """,
    ),
    "mails": (
        """
        delete from ops.outbox
        where status in ('sent', 'given_up') and coalesce(sent_at, created_at) < %(before)s
        """,
    ),
    "file_details": (
        """
        update ops.import_files set file_columns = '{}'
        where finished_at < %(before)s and archived_to is not null and file_columns <> '{}'
        """,
        """
        delete from ops.entity_changes as change
        using (select entity, max(version) as version from ops.entity_changes group by entity) as last
        where last.entity = change.entity and change.version < last.version and change.changed_at < %(before)s
            and change.version <= (
                select min((seen ->> change.entity)::bigint) from ops.model_builds where seen ? change.entity
            )
        """,
    ),
    "lookups": (
        "delete from ops.lookups where asked_at < %(before)s",
        "delete from ops.syncs where requested_at < %(before)s and status <> 'running'",
        "delete from ops.requests where requested_at < %(before)s",
    ),
}


def delete(connection: Connection, kind: str, before: datetime, *, dry_run: bool = False) -> int:
    """Deletes what is older than a moment, in a transaction; returns how much. With `dry_run` nothing is deleted."""
    with connection.transaction(force_rollback=dry_run):
        counts = [connection.execute(each, {"before": before}).rowcount for each in STATEMENTS[kind]]
    return counts[0]
