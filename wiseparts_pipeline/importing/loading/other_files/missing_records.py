"""Records that a full snapshot speaks for and lacks."""

from psycopg import sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID
from wiseparts_pipeline.importing.ledger.history import brought_by
from wiseparts_pipeline.importing.loading.other_files.snapshots import Deletion
from wiseparts_pipeline.importing.loading.statements import KEEPS_CREATOR, Statements


def delete_missing(rows: Statements, *, has_standing: bool) -> Deletion:
    """Marks the records as deleted that the file, a full snapshot, speaks for and lacks; see Rows.

    `has_standing`: whether rows that stand already are in `{standing}`. Reads `ops.rejected_rows`, as a record that a
    rejected row of the file is about is not missing.
    """
    scope = rows.rules.scope
    if scope is None or scope.overtaken:
        # A newer full snapshot decides what there is.
        return Deletion(0, 0)
    stored = rows.format(
        "stored._deleted_at is null and stored._source = {source} and {spoken_for}",
        source=sql.Literal(rows.rules.source),
        spoken_for=scope.has_record(),
    )
    missing = _is_missing(rows, has_standing=has_standing)
    found = rows.fetch(
        "select stored._file_id, count(*) filter (where {missing}), count(*) from {target} as stored"
        " where {stored} group by stored._file_id order by 2 desc",
        missing=missing,
        stored=stored,
    )
    lacking = sum(count for _, count, _ in found)
    kept = sum(count for file_id, count, _ in found if file_id in scope.rivals)
    # A row whose key cannot be read, or that may name its record in another way, may be about any of them.
    held_back = lacking and rows.scalar(
        "select exists (select from ops.rejected_entries where file_id = {file_id} and (key is null or {has_id}))",
        file_id=sql.Literal(rows.rules.file_id),
        has_id=sql.Literal(SYSTEM_ID.name in rows.columns),
    )
    if lacking > kept and not held_back:
        rows.execute(
            """
            update {target} as stored
            set _deleted_at = {moment}, _updated_at = {moment}, _file_id = {file_id},
                _row_number = 0, _fingerprint = null, {created_by}
            where {stored} and {missing} and not stored._file_id = any({rivals})
            """,
            file_id=sql.Literal(rows.rules.file_id),
            created_by=KEEPS_CREATOR,
            stored=stored,
            missing=missing,
            rivals=sql.SQL("{}::bigint[]").format(sql.Literal(list(scope.rivals))),
        )
    return Deletion(
        lacking,
        sum(count for _, _, count in found),
        bool(held_back),
        kept,
        scope.records,
        scope.file,
        brought_by(rows.connection, [file_id for file_id, count, _ in found if count]),
    )


def _is_missing(rows: Statements, *, has_standing: bool) -> sql.Composable:
    """The condition that no row of the file is about the stored record, and no newer file has changed it."""
    return rows.format(
        """
        not stored._file_id = any({newer})
            and not exists (select from {table} as staged where {same})
            and not {standing}
            and not exists (
                select from ops.rejected_entries as rejected
                where rejected.file_id = {file_id} and rejected.key = {key}
            )
            and not exists (
                select from ops.rejected_entries as rejected
                where rejected.file_id = {file_id} and rejected.key = {first_part}
            )
        """,
        newer=sql.SQL("{}::bigint[]").format(sql.Literal(list(rows.rules.newer))),
        same=rows.same_record(),
        standing=rows.format(
            "exists (select from {standing} as known where known.fingerprint = stored._fingerprint)"
            if has_standing
            else "false"
        ),
        file_id=sql.Literal(rows.rules.file_id),
        key=rows.key_text("stored"),
        # Of some rows only the first part of the key could be read.
        first_part=rows.key_part("stored", rows.entity.key[0]),
    )
