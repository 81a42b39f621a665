"""Pulls that were asked for over the service: begun at once, the same one never twice at a time."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import psycopg
import stamina
from psycopg.rows import class_row

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.home import defs_folder, home
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.connection import application_name

LOG = logging.getLogger("wiseparts.api")
# Pulls of one connection wait for each other anyway.
MOST_AT_ONCE = 2
# How long those that have begun may go on when the service ends.
END_SECONDS = 60.0
# What the command says of what it has imported; with rejected rows it is done all the same.
_DONE = (0, 3)
_ENDED = "The service ended before it was done; ask again."

Status = Literal["running", "done", "failed"]
_COLUMNS = "sync_id, pull, keys, status, requested_at, finished_at, records, created, updated, rejected, error, key_id"


@dataclass(frozen=True)
class Sync:
    """A pull that was asked for. `records`: that came; `created`, `updated`, `rejected`: rows of them."""

    sync_id: UUID
    pull: str
    keys: Sequence[str]
    status: Status
    requested_at: datetime
    finished_at: datetime | None
    records: int | None
    created: int | None
    updated: int | None
    rejected: int | None
    error: str | None
    key_id: int


def customer_pull(configuration: Configuration) -> str | None:
    """The pull that refreshes a customer: of customers, from the system that is asked about them; or the only one."""
    pulls = [each for each in configuration.pulls.values() if each.entity == "customers"]
    asked = [
        configuration.connections[live.connection]
        for live in configuration.live.values()
        if "customer" in live.answered_by(configuration.connections[live.connection].system)
    ]
    same = [each for each in pulls if place_of(configuration.connections[each.connection]) in map(place_of, asked)]
    chosen = same or pulls
    return chosen[0].name if len(chosen) == 1 else None


def place_of(connection: ConnectionSettings) -> tuple[str, str]:
    """Which system it is to."""
    return connection.url, connection.database


class Syncs:
    """Runs `wiseparts pull` for each, which imports and tells what came; the marts are built by whoever watches them.

    Can be used by many threads at a time, while the block lasts; at its end, what was begun is waited for.
    """

    def __init__(self, configuration: Configuration, warehouse: Warehouse) -> None:
        self.configuration = configuration
        self._warehouse = warehouse
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="sync")
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[str]] = set()
        # Its session says that this process lives.
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What has not begun is told as ended with this process.
        self._threads.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + END_SECONDS
        for process in list(self._processes):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # The next pull takes it all again.
                process.terminate()
        self._threads.shutdown()
        if self._connection is not None:
            self._connection.close()

    def begin(self, pull: str, keys: Sequence[str], key_id: int) -> Sync:
        """The sync, or the same one that is running. Raises WarehouseError, psycopg.Error."""
        with self._database() as connection:
            begun = self._begin(connection, pull, keys, key_id)
        if begun is not None:
            self._threads.submit(self._run, begun).add_done_callback(_tell_fault)
            return begun
        with self._database() as connection, connection.cursor(row_factory=class_row(Sync)) as cursor:
            latest = "from ops.syncs where pull = %s and keys = %s order by requested_at desc limit 1"
            running = cursor.execute(f"select {_COLUMNS} {latest}", [pull, list(keys)]).fetchone()
        assert running is not None
        return running

    def get(self, sync_id: UUID) -> Sync | None:
        """Raises WarehouseError, psycopg.Error."""
        with self._database() as connection, connection.cursor(row_factory=class_row(Sync)) as cursor:
            _end_those_of_ended_processes(connection)
            query = f"select {_COLUMNS} from ops.syncs where sync_id = %s"  # noqa: S608
            return cursor.execute(query, [sync_id]).fetchone()

    def _begin(self, connection: Connection, pull: str, keys: Sequence[str], key_id: int) -> Sync | None:
        _end_those_of_ended_processes(connection)
        with connection.cursor(row_factory=class_row(Sync)) as cursor:
            return cursor.execute(
                f"""
                insert into ops.syncs (pull, keys, key_id, process) values (%s, %s, %s, %s)
                on conflict (pull, keys) where status = 'running' do nothing
                returning {_COLUMNS}
                """,  # noqa: S608
                [pull, list(keys), key_id, application_name()],
            ).fetchone()

    def _run(self, sync: Sync) -> None:
        command = [sys.executable, "-m", "wiseparts_pipeline.cli.main", "pull", sync.pull, "--json", "--no-progress"]
        for key in sync.keys:
            command += ["--key", key]
        places = {"WISEPARTS_HOME": str(home()), "WISEPARTS_DEFS": str(defs_folder())}
        environment = os.environ | places | self._warehouse.environment()
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.add(process)
        try:
            output, said = process.communicate()
        finally:
            self._processes.discard(process)
        is_done = process.returncode in _DONE
        error = " ".join(said.split()) or f"The pull ended with status {process.returncode}."
        self._note(sync, "done" if is_done else "failed", _counts(output), None if is_done else error)

    # One that is not noted would be running for others, as long as this process lives.
    @stamina.retry(on=(WarehouseError, psycopg.Error), attempts=None, timeout=30)
    def _note(self, sync: Sync, status: Status, counts: Mapping[str, int], error: str | None) -> None:
        with self._database() as connection:
            connection.execute(
                """
                update ops.syncs
                set status = %(status)s, finished_at = clock_timestamp(), error = %(error)s, records = %(records)s,
                    created = %(created)s, updated = %(updated)s, rejected = %(rejected)s
                where sync_id = %(sync_id)s
                """,
                {"records": None, "created": None, "updated": None, "rejected": None}
                | {"sync_id": sync.sync_id, "status": status, "error": error, **counts},
            )

    @contextmanager
    def _database(self) -> Iterator[Connection]:
        with self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = self._warehouse.connect(autocommit=True)
            yield self._connection


def _tell_fault(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        LOG.error("A sync could not be noted as ended: %s", " ".join(str(error).split()))


def _counts(output: str) -> dict[str, int]:
    """What the command says came and was loaded; nothing if it says nothing."""
    try:
        told: Any = json.loads(output)
    except ValueError:
        return {}
    files = told["files"]
    return {
        "records": sum(each["records"] for each in told["pulls"]),
        **{name: sum(each[f"rows_{name}"] for each in files) for name in ("created", "updated", "rejected")},
    }


def _end_those_of_ended_processes(connection: Connection) -> None:
    connection.execute(
        """
        update ops.syncs set status = 'failed', finished_at = clock_timestamp(), error = %s
        where status = 'running'
            and not exists (select from pg_stat_activity where application_name = syncs.process)
        """,
        [_ENDED],
    )
