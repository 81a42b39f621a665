"""Deferred rows: superseded when newer ones arrive, loaded when the records arrive that they refer to.

A file's rows are counted as waiting only until then; its row in the ledger is changed accordingly.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.config.records.duplicates import Duplicates
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Policy
from wiseparts_pipeline.importing.faults import WarningCode
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.order import is_newer, newer_files
from wiseparts_pipeline.importing.ledger.recounting import Released, count_released, count_superseded
from wiseparts_pipeline.importing.loading.copying import encode
from wiseparts_pipeline.importing.loading.corrections import resolve_earlier
from wiseparts_pipeline.importing.loading.raw_rows import raw_json
from wiseparts_pipeline.importing.loading.references import count_unknown_references, referring_columns
from wiseparts_pipeline.importing.loading.rows import NOTHING_EXCLUDED, Rows
from wiseparts_pipeline.importing.loading.rules import LoadRules, applicable
from wiseparts_pipeline.importing.loading.staging import Staging
from wiseparts_pipeline.importing.loading.statements import FAULT_MESSAGE
from wiseparts_pipeline.importing.reading import Batch
from wiseparts_pipeline.importing.reading.prefetch import prefetched
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.deferred import deferred_table


def note_deferred_rows(rows: Rows, count: int, batches: Iterator[Batch]) -> None:
    """Stores the deferred rows of a file as they came, in `ops.deferred_rows`.

    `count`: how many there are. `batches`: those of the file, read a second time.
    """
    with rows.connection.cursor(binary=True) as cursor:
        found = cursor.execute(
            rows.format(
                "select string_agg(int8send(row_number), ''::bytea order by row_number) from {waiting}"
                " where file_id = {file_id}",
                file_id=sql.Literal(rows.rules.file_id),
            )
        ).fetchone()
    numbers = np.frombuffer(found[0] if found else b"", dtype=">i8")
    with rows.connection.cursor() as cursor:
        with (
            prefetched(_encoded(batches, numbers, rows.rules.file_id)) as pieces,
            cursor.copy("copy ops.deferred_rows (file_id, row_number, line_number, raw) from stdin") as copy,
        ):
            for piece in pieces:
                copy.write(memoryview(piece))
        if cursor.rowcount != count:
            raise AssertionError(f"{count} rows are deferred, and {cursor.rowcount} of them were found again")


def _encoded(batches: Iterator[Batch], numbers: np.ndarray, file_id: int) -> Iterator[pa.Buffer]:
    """The rows with these ascending numbers as they came, encoded for COPY."""
    done = 0
    for batch in batches:
        if done == len(numbers):
            return
        end = int(np.searchsorted(numbers, batch.row_numbers[-1], side="right")) if len(batch) else done
        if end == done:
            continue
        at = np.searchsorted(batch.row_numbers, numbers[done:end])
        done = end
        lines = pa.table(
            {
                "file_id": pa.repeat(file_id, len(at)),
                "row_number": batch.row_numbers[at],
                "line_number": batch.line_numbers[at],
                "raw": raw_json(batch.as_sent(at)),
            }
        )
        yield encode(lines)


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
                    or {columns}::text[] @> settings.columns and exists (
                        select from {waiting} as own where own.file_id = {file_id} and {awaits_same}
                    )
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
        awaits_same=_awaits_same(rows, "own", "waiting"),
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
