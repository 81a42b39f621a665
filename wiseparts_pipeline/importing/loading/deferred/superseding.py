"""Deferred rows that newer rows of the same key replace."""

from psycopg import sql

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.entities.schema import Policy
from wiseparts_pipeline.importing.ledger.recounting import count_superseded
from wiseparts_pipeline.importing.loading.references import referring_columns
from wiseparts_pipeline.importing.loading.rows import Rows


def supersede_deferred(rows: Rows) -> None:
    """Supersedes the deferred rows of earlier files that a file's rows of the same key replace.

    A row that is deferred itself replaces those with no other columns that wait for the same records: any other may be
    loaded before it. A full snapshot also replaces deferred rows of its source that are not in it. Call it when the
    file's own rows are loaded, at its import or later, or deferred.
    """
    rules = rows.rules
    if rules.mode is Mode.APPEND or not rows.scalar(
        "select exists (select from {waiting} where file_id <> {file_id})", file_id=sql.Literal(rules.file_id)
    ):
        return
    scope = rules.scope
    # A record that a rejected row of the file is about is not missing from it.
    lacks_row = rows.format(
        """
        file.source = {source} and {spoken_for} and not exists (
            select from ops.rejected_entries as rejected
            where rejected.file_id = {file_id}
                and (rejected.key is null or rejected.key = waiting.key
                    or starts_with(waiting.key, rejected.key || '/'))
        ) and not exists (
            select from {waiting} as own
            where own.file_id = {file_id}
                and (own.key is null or own.key = waiting.key or starts_with(waiting.key, own.key || '/'))
        )
        """,
        source=sql.Literal(rules.source),
        spoken_for=scope.has_deferred() if scope else sql.SQL("true"),
        file_id=sql.Literal(rules.file_id),
    )
    # Joins the ledger: to ask it beforehand, every deferred row of the entity would have to be fetched.
    superseded = rows.fetch(
        """
        with superseded as (
            delete from {waiting} as waiting using ops.import_files as file, ops.waiting_files as settings
            where waiting.file_id = file.file_id and settings.file_id = file.file_id and file.file_id <> {file_id}
                and not {newer}
                and (
                    {lacks_row}
                    or exists (select from {table} as staged where {key} = waiting.key)
                    or {columns}::text[] @> settings.columns and {is_deferred_again}
                )
            returning waiting.file_id, waiting.row_number
        ),
        resolved as (
            insert into ops.resolved_rows (file_id, row_number, resolved_by_file_id)
            select file_id, row_number, {file_id} from superseded
        )
        select file_id, count(*) from superseded group by file_id
        """,
        file_id=sql.Literal(rules.file_id),
        columns=sql.Literal(rows.columns),
        is_deferred_again=_is_deferred_again(rows),
        newer=rules.newer_file(by_arrival=True),
        lacks_row=lacks_row if rules.mode is Mode.SNAPSHOT and not (scope and scope.overtaken) else sql.SQL("false"),
        key=rows.key_text("staged"),
    )
    count_superseded(rows.connection, dict(superseded))


def supersede_by_deferred(rows: Rows) -> int:
    """Supersedes the file's deferred rows that deferred rows of newer files replace; returns how many.

    As if the newer files had come later, when `supersede_deferred` would have done so.
    """
    return rows.execute(
        """
        with superseded as (
            delete from {waiting} as own
            using {waiting} as waiting, ops.import_files as file, ops.waiting_files as settings
            where own.file_id = {file_id} and waiting.file_id <> {file_id} and {awaits_same}
                and file.file_id = waiting.file_id and {newer}
                and settings.file_id = waiting.file_id and settings.columns @> {columns}::text[]
            returning own.file_id, own.row_number, waiting.file_id as by_file_id
        )
        insert into ops.resolved_rows (file_id, row_number, resolved_by_file_id) select * from superseded
        """,
        file_id=sql.Literal(rows.rules.file_id),
        columns=sql.Literal(rows.columns),
        awaits_same=_awaits_same(rows, "waiting", "own"),
        newer=rows.rules.newer_file(by_arrival=True),
    )


def _is_deferred_again(rows: Rows) -> sql.Composed:
    """The condition that the file has deferred a row in place of the one called waiting."""
    if not referring_columns(rows, Policy.WAIT):
        # None of these rows is deferred, as when they are loaded later: others of their file wait for something else.
        return rows.format("false")
    return rows.format(
        "exists (select from {waiting} as own where own.file_id = {file_id} and {awaits_same})",
        file_id=sql.Literal(rows.rules.file_id),
        awaits_same=_awaits_same(rows, "own", "waiting"),
    )


def _awaits_same(rows: Rows, newer: str, older: str) -> sql.Composed:
    """The condition that the newer of two deferred rows of a key can be loaded when the older one can."""
    same = [
        sql.SQL("({newer} is null or {newer} is not distinct from {older})").format(
            newer=sql.Identifier(newer, name), older=sql.Identifier(older, name)
        )
        for name in referring_columns(rows, Policy.WAIT)
    ]
    return sql.SQL(" and ").join(
        [sql.SQL("{} = {}").format(sql.Identifier(newer, "key"), sql.Identifier(older, "key")), *same]
    )
