"""Creates records that are sent to the service: each is imported as a file of its own, and once for its key."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import errors, sql
from psycopg.rows import class_row, dict_row, kwargs_row

from wiseparts_pipeline.api.creating.records import NewRecord, stored
from wiseparts_pipeline.api.keys import ApiKey
from wiseparts_pipeline.api.problems import RefusedRequest, Rejected
from wiseparts_pipeline.config.connections.service import CREATED, SERVICE, service_importer, service_source
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.exporting.at_once import AtOnce
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.faults import FailureCode
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import FINISHED, Status
from wiseparts_pipeline.importing.ledger.rows import LedgerRow
from wiseparts_pipeline.importing.results import ImportOptions
from wiseparts_pipeline.importing.workspace import workspace
from wiseparts_pipeline.live.answers import Answer
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.locks import LockHeld

# How long a request waits for another import of the entity, or for the same request.
WAIT_SECONDS = 10.0
# How many faults of a record are told.
MOST_REJECTED = 100
# What the keys begin with that records get here.
NUMBERED = "API-"


@dataclass(frozen=True)
class Created:
    """A record that was created, as it is stored now. `warnings`: codes, and how often each."""

    key: str
    record: Answer
    warnings: Mapping[str, int]


@dataclass(frozen=True)
class _Request:
    """A row of ops.requests, once its digest is known to be the right one."""

    number: int
    name: str
    file_id: int | None
    requested_at: datetime
    digest: bytes


class Creating:
    """Can be used by many threads at a time, and by several processes of one database."""

    def __init__(self, configuration: Configuration, warehouse: Warehouse) -> None:
        self._exporters = tuple(configuration.exporters.values())
        self._warehouse = warehouse
        taking = {each.name: each for each in self._exporters if SERVICE in each.sources}
        self._exports = AtOnce(warehouse, replace(configuration, exporters=taking))

    def __enter__(self) -> Self:
        """Notes in the import log which requests were cut short; whoever sends them again has them carried out."""
        names = [service_importer(entity).name for entity in CREATED]
        # A service begins without its database too; then the next one notes them.
        with suppress(WarehouseError, psycopg.Error), self._warehouse.connect(autocommit=True) as connection:
            left = connection.execute(
                "select file_id, entity from ops.import_files where importer = any(%s) and status = 'importing'",
                [names],
            ).fetchall()
            for file_id, entity in left:
                with connection.transaction():
                    ledger.fail_interrupted(connection, entity, file_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What was created is on its way to other systems before it ends."""
        self._exports.end()

    def create(self, new: NewRecord, key: ApiKey, idempotency_key: str) -> Created:
        """The record, created now or by the same request before.

        Raises RefusedRequest, Unknown for one that was deleted since, WarehouseError, psycopg.Error.
        """
        with self._warehouse.connect(autocommit=True) as connection:
            request = _noted(connection, new, key, idempotency_key)
            record_key = new.key or f"{NUMBERED}{request.number}"
            file_id = request.file_id or self._decide(connection, request, new, record_key)
            return _answer(connection, new.entity, record_key, ledger.get(connection, file_id))

    def _decide(self, connection: Connection, request: _Request, new: NewRecord, record_key: str) -> int:
        """Imports the record unless that has been done; returns its file of the import log.

        The request's row is locked meanwhile: whoever repeats it waits, or goes on if this process is killed.
        """
        with connection.transaction():
            connection.execute("select set_config('lock_timeout', %s, true)", [f"{WAIT_SECONDS:g}s"])
            try:
                row = connection.execute(
                    "select file_id from ops.requests where number = %s for update", [request.number]
                ).fetchone()
            except errors.LockNotAvailable:
                raise _in_progress("The same request is being carried out.") from None
            file_id: int | None = (row and row[0]) or _imported(connection, request, new.entity)
            if file_id is None:
                file_id = self._import(request, new, record_key)
            connection.execute("update ops.requests set file_id = %s where number = %s", [file_id, request.number])
        return file_id

    def _import(self, request: _Request, new: NewRecord, record_key: str) -> int:
        settings = service_importer(new.entity)
        options = ImportOptions(names=[f"{request.name}.jsonl"], new_only=True, wait_seconds=WAIT_SECONDS)
        with workspace() as folder:
            place = folder / settings.folder
            place.mkdir()
            with (place / f"{request.name}.jsonl").open("w", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(row)}\n" for row in new.rows(record_key, request.requested_at))
            source = service_source(folder)
            importer = Importer(settings, source, (), exporters=self._exporters)
            try:
                with connect(source) as transport:
                    (result,) = run_import(importer, transport, self._warehouse, options).files
            except LockHeld:
                raise _in_progress(f"Another import of {new.entity} is going on.") from None
        if result.status is Status.FAILED:
            if result.file.error_code == FailureCode.PROGRAM_FAULT:
                raise RuntimeError(result.file.error)
            raise WarehouseError(f"The record could not be imported: {result.file.error}")
        self._exports.done.clear()
        self._exports.wake()
        return result.file.file_id


def _noted(connection: Connection, new: NewRecord, key: ApiKey, idempotency_key: str) -> _Request:
    """The request's row of ops.requests, new or of the same request before. Raises RefusedRequest."""
    sent = f"{new.entity} {new.model_dump_json(exclude_unset=True)}"
    digest = hashlib.sha256(sent.encode()).digest()
    connection.execute(
        "insert into ops.requests (key_id, idempotency_key, entity, digest) values (%s, %s, %s, %s)"
        " on conflict (key_id, idempotency_key) do nothing",
        [key.key_id, idempotency_key, new.entity, digest],
    )
    with connection.cursor(row_factory=class_row(_Request)) as cursor:
        request = cursor.execute(
            "select number, name::text, file_id, requested_at, digest from ops.requests"
            " where key_id = %s and idempotency_key = %s",
            [key.key_id, idempotency_key],
        ).fetchone()
    assert request is not None
    if request.digest != digest:
        raise RefusedRequest(
            "idempotency_conflict", "Another request had this Idempotency-Key: choose a new one for each record."
        )
    return request


def _imported(connection: Connection, request: _Request, entity: str) -> int | None:
    """The file of a process that was killed before it could note it."""
    settings = service_importer(entity)
    row = connection.execute(
        "select file_id from ops.import_files where importer = %s and path = %s and status = any(%s)",
        [settings.name, f"{settings.folder}/{request.name}.jsonl", list(FINISHED)],
    ).fetchone()
    return row and row[0]


def _answer(connection: Connection, entity: str, key: str, file: LedgerRow) -> Created:
    if file.status is Status.REFUSED:
        found = _rejected(connection, file.file_id)
        detail = found[0].message if found else str(file.error)
        raise RefusedRequest("validation", detail, rejected=found)
    definition = ENTITIES[entity]
    with connection.cursor(row_factory=dict_row) as cursor:
        rows: list[dict[str, Any]] = cursor.execute(
            sql.SQL("select {} from {} where {} = %s and _deleted_at is null order by {}").format(
                sql.SQL(", ").join(map(sql.Identifier, definition.column_names)),
                sql.Identifier("raw", entity),
                sql.Identifier(definition.key[0]),
                sql.SQL(", ").join(map(sql.Identifier, definition.key)),
            ),
            [key],
        ).fetchall()
    if not rows:
        raise Unknown(entity.removesuffix("s"), key)
    return Created(key, stored(entity, rows), file.warnings)


def _rejected(connection: Connection, file_id: int) -> list[Rejected]:
    with connection.cursor(row_factory=kwargs_row(Rejected)) as cursor:
        return cursor.execute(
            "select row_number as line, column_name as column, code, message from ops.rejected_entries"
            " where file_id = %s order by row_number, rejected_row_id limit %s",
            [file_id, MOST_REJECTED],
        ).fetchall()


def _in_progress(reason: str) -> RefusedRequest:
    return RefusedRequest("in_progress", f"{reason} Send the request again, unchanged.", retry_after=1)
