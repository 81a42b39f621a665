"""`ops.lookups`: when what kind of look-up was made and how it ended; neither what was asked for nor the answer."""

import logging
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType
from typing import Self

import psycopg

from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.live.errors import LookupFailure, Unknown
from wiseparts_pipeline.live.lookups import Source
from wiseparts_pipeline.warehouse import Connection, Warehouse

LOG = logging.getLogger("wiseparts.live")
ANSWERED = "answered"
WRITE_SECONDS = 1.0
# Of entries that could not be written yet.
MOST_WAITING = 10_000


@dataclass(frozen=True)
class LookupEntry:
    """A look-up. `outcome`: `answered`, or the code of why not; `key_id`: of the service's key, None for a command."""

    kind: str
    source: Source | None
    outcome: str
    asked_at: datetime
    milliseconds: int
    key_id: int | None = None
    request_id: str | None = None


@dataclass
class Stopwatch:
    """Begins with the question; tells the entry when it has ended."""

    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _began: float = field(default_factory=monotonic)

    @property
    def seconds(self) -> float:
        return monotonic() - self._began

    def entry(
        self,
        kind: str,
        source: Source | None,
        outcome: str = ANSWERED,
        *,
        key_id: int | None = None,
        request_id: str | None = None,
    ) -> LookupEntry:
        milliseconds = round(self.seconds * 1000)
        return LookupEntry(kind, source, outcome, self.asked_at, milliseconds, key_id, request_id)


def code_of(error: LookupFailure) -> str:
    """The stable code of why there is no answer, such as `unknown_customer`."""
    return f"unknown_{error.subject}" if isinstance(error, Unknown) else error.code


def write(connection: Connection, entries: Iterable[LookupEntry]) -> None:
    """Adds the entries to `ops.lookups`."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.lookups (asked_at, key_id, kind, source, milliseconds, outcome, request_id)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (each.asked_at, each.key_id, each.kind, each.source, each.milliseconds, each.outcome, each.request_id)
                for each in entries
            ],
        )


class LookupLog:
    """Writes entries in the background while the block lasts, all of them at its end.

    Nobody waits for it. While the database does not take them, MOST_WAITING are kept, and the oldest are lost.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._waiting: deque[LookupEntry] = deque(maxlen=MOST_WAITING)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_until_ended, name="log of look-ups", daemon=True)
        self._connection: Connection | None = None
        self._is_failing = False

    def note(self, entry: LookupEntry) -> None:
        self._waiting.append(entry)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _write_until_ended(self) -> None:
        while not self._ended.wait(WRITE_SECONDS):
            self._write_waiting()
        self._write_waiting()
        if self._waiting:
            LOG.warning("%s look-ups could not be noted in ops.lookups.", len(self._waiting))
        self._close()

    def _write_waiting(self) -> None:
        entries = []
        while self._waiting:
            entries.append(self._waiting.popleft())
        if not entries:
            return
        try:
            if self._connection is None:
                self._connection = self._warehouse.connect()
            write(self._connection, entries)
            self._connection.commit()
        except (psycopg.Error, WarehouseError) as error:
            if not self._is_failing:
                LOG.warning("ops.lookups cannot be written, which is tried again: %s", type(error).__name__)
            self._is_failing = True
            room = MOST_WAITING - len(self._waiting)
            self._waiting.extendleft(reversed(entries[max(0, len(entries) - room) :]))
            self._close()
        else:
            self._is_failing = False

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
