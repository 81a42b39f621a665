"""Loads deferred rows once the records exist that they refer to."""

from collections.abc import Sequence

from psycopg import sql

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.config.records.duplicates import Duplicates
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Policy
from wiseparts_pipeline.importing.faults import WarningCode
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.order import is_newer, newer_files
from wiseparts_pipeline.importing.ledger.recounting import Released, count_released
from wiseparts_pipeline.importing.loading.corrections import resolve_earlier
from wiseparts_pipeline.importing.loading.deferred.superseding import supersede_deferred
from wiseparts_pipeline.importing.loading.references import count_unknown_references
from wiseparts_pipeline.importing.loading.rows import NOTHING_EXCLUDED
from wiseparts_pipeline.importing.loading.rules import LoadRules, applicable
from wiseparts_pipeline.importing.loading.staging import Staging
from wiseparts_pipeline.importing.loading.statements import FAULT_MESSAGE
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.deferred import deferred_table


def release(connection: Connection, entity: Entity, file_id: int) -> dict[str, int]:
    """Loads the rows deferred for records of the entity whose references now all exist, and those deferred for these.

    In the caller's transaction, which has just loaded the file that brought the records. A stored record is never
    overwritten by an older file's row. Returns how many rows were released, by entity.
    """
    released: dict[str, int] = {}
    # Entities are in an order in which references point backwards.
    for dependent in ENTITIES.values():
        referred = {reference.entity for reference in dependent.references.values()}
        if referred & {entity.name, *released} and _exists(
            connection, sql.SQL("select from {}").format(deferred_table(dependent))
        ):
            rows = _release(connection, dependent, file_id)
            if rows:
                released[dependent.name] = rows
    return released


def _exists(connection: Connection, query: sql.Composable) -> bool:
    row = connection.execute(sql.SQL("select exists ({})").format(query)).fetchone()
    return bool(row and row[0])


def _release(connection: Connection, entity: Entity, by_file_id: int) -> int:
    """Loads the entity's deferred rows whose references all exist; returns how many."""
    target, waiting = sql.Identifier("raw", entity.name), deferred_table(entity)
    # Until the end: an import that brings what is missing has to see these rows, or be seen by this one.
    connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(target))
    settings = connection.execute(
        sql.SQL(
            "select file_id, columns, awaits, append, protect from ops.waiting_files as settings"
            " where exists (select from {} as waiting where waiting.file_id = settings.file_id)"
        ).format(waiting)
    ).fetchall()
    settings_of = {file_id: rest for file_id, *rest in settings}
    released = 0
    for file in ledger.get_all(connection, settings_of).values():
        columns, awaits, append, protect = settings_of[file.file_id]
        ready = _is_ready(entity, file.file_id, awaits)
        if not _exists(connection, sql.SQL("select from {} as waiting where {}").format(waiting, ready)):
            continue
        newer = newer_files(connection, entity.name, is_newer(file.file_date, file.file_moment, file.file_id))
        rules = LoadRules(
            entity=entity,
            importer=file.importer,
            source=file.source,
            file_id=file.file_id,
            file_name=file.name,
            file_date=file.file_date,
            file_moment=file.file_moment,
            file_bytes=file.size_bytes,
            policies=applicable(
                connection, entity, {name: Policy.WARN for name in entity.references if name not in awaits}
            ),
            duplicates=Duplicates.REJECT,
            mode=Mode.APPEND if append else Mode.UPSERT,
            protect=tuple(protect),
            newer=tuple(each.file_id for each in newer),
        )
        released += _load(Staging(connection, rules, columns), ready, by_file_id)
    return released


def _is_ready(entity: Entity, file_id: int, awaits: Sequence[str]) -> sql.Composed:
    """The condition that the row called waiting is one of the file and refers to no missing record any more."""
    found = [
        sql.SQL(
            "(waiting.{column} is null or exists (select from {other} as other"
            " where other.{referenced} = waiting.{column} and other._deleted_at is null))"
        ).format(
            column=sql.Identifier(name),
            other=sql.Identifier("raw", entity.references[name].entity),
            referenced=sql.Identifier(entity.references[name].column),
        )
        for name in awaits
    ]
    return sql.SQL(" and ").join([sql.SQL("waiting.file_id = {}").format(sql.Literal(file_id)), *found])


def _load(rows: Staging, ready: sql.Composable, by_file_id: int) -> int:
    """Loads a file's rows that are ready, and changes its counts and its entries in `ops.rejected_rows` accordingly.

    Returns how many there were.
    """
    rows.create()
    total = _take(rows, ready)
    _note_resolved(rows, by_file_id)
    created, updated, excluded = rows.load_new(total), 0, NOTHING_EXCLUDED
    if created is None:
        excluded = rows.exclude(())
        created, updated = rows.load(rows.count())
    warnings = count_unknown_references(rows)
    supersede_deferred(rows)
    resolve_earlier(rows)
    if excluded.rejected:
        rows.execute(
            """
            insert into ops.rejected_entries
                (file_id, row_number, line_number, entity, key, column_name, code, message, value, raw)
            select {file_id}, fault.row_number, came.line_number, {entity}, fault.key,
                fault.column_name, fault.code, {message}, fault.value, came.raw
            from {faults} as fault
            join ops.deferred_rows as came on came.file_id = {file_id} and came.row_number = fault.row_number
            """,
            message=FAULT_MESSAGE,
            file_id=sql.Literal(rows.rules.file_id),
            entity=sql.Literal(rows.entity.name),
        )
    rows.drop()
    if excluded.stale:
        warnings[WarningCode.STALE] += excluded.stale
    count_released(rows.connection, rows.rules.file_id, Released(total, created, updated, excluded.rejected, warnings))
    return total


def _take(rows: Staging, ready: sql.Composable) -> int:
    """Moves the file's deferred rows that are ready to `{table}`; returns how many there are."""
    rows.execute("analyze {waiting} (file_id)")
    taken = rows.execute(
        """
        with ready as (delete from {waiting} as waiting where {ready} returning waiting.*)
        insert into {table} ({row}, {columns}) select row_number, {columns} from ready
        """,
        columns=rows.names(rows.columns),
        ready=ready,
    )
    rows.collect_statistics()
    return taken


def _note_resolved(rows: Staging, by_file_id: int) -> None:
    """Notes that the rows in `{table}` wait no longer; those that were the last ones of their file as a whole."""
    parts = {"file_id": sql.Literal(rows.rules.file_id), "by_file_id": sql.Literal(by_file_id)}
    if rows.scalar("select exists (select from {waiting} where file_id = {file_id})", **parts):
        rows.execute(
            "insert into ops.resolved_rows (file_id, row_number, resolved_by_file_id)"
            " select {file_id}, {row}, {by_file_id} from {table}",
            **parts,
        )
    else:
        rows.execute(
            "insert into ops.resolved_files (file_id, resolved_by_file_id) values ({file_id}, {by_file_id})", **parts
        )
