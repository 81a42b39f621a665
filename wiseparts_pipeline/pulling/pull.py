"""A pull: asks a system for records and writes them as a file of the connection's folder."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from psycopg import sql

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.importing import folder_of, full_importer
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.operations.ages import NEVER
from wiseparts_pipeline.connections import SYSTEMS
from wiseparts_pipeline.connections.base import Archiving, Connected, Exporting, Readable, Record, WithKeys
from wiseparts_pipeline.connections.deadline import check_deadline, within_pull_timeout
from wiseparts_pipeline.connections.errors import ConnectionFailure, UnexpectedAnswer
from wiseparts_pipeline.pulling import log
from wiseparts_pipeline.pulling.choosing import Choice, check_keys, choose, keys_to_reread, reads_by_key
from wiseparts_pipeline.pulling.log import Kind, Taken
from wiseparts_pipeline.pulling.writing import NotWritten, write_records, written
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.connection import current_time

_TIME_IN_NAMES = "%Y%m%dT%H%M%SZ"
# Of the names of files, by format.
_ENDINGS = {"jsonl": "jsonl.gz", "csv": "csv.zip"}


@dataclass(frozen=True)
class PullOptions:
    """`full`: everything, whether it is due or not. `asked`: the records that somebody wants, and no others.

    `into`: a dry run, which writes there and notes nothing.
    """

    full: bool = False
    asked: WithKeys | None = None
    into: Path | None = None
    run_id: str | None = None


class PullProgress(Protocol):
    """Receives the progress of pulls."""

    def pull_blocked(self, pull: str, holder: str) -> None:
        """Another pull uses the connection, by `holder`; this one continues when it has ended."""

    def pull_started(self, pull: str, what: str) -> None: ...

    def pull_advanced(self, records: int, requests: int) -> None: ...

    def pull_finished(self, pull: str, taken: Taken) -> None: ...


@dataclass(frozen=True)
class Pull:
    """A pull with its connection and the importer of what it writes."""

    settings: PullSettings
    connection: ConnectionSettings
    importer: ImporterSettings

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def readable(self) -> Readable:
        """How the system can be asked. Raises ConfigurationError if it does not have the entity."""
        return SYSTEMS[self.connection.system].readable(self.settings)


@dataclass(frozen=True)
class Written:
    """What became of a pull: its row in the log, 0 in a dry run, and the path of the file, if there is one.

    `importer`: the name of the one that takes it.
    """

    pull_id: int
    taken: Taken
    importer: str
    path: Path | None


def pull_records(
    connection: Connection, pull: Pull, system: Connected, options: PullOptions, progress: PullProgress
) -> Written:
    """Asks the system, which is logged in to, and writes the answers. Whoever calls this holds the pull's lock.

    `connection`: an autocommit connection. Raises ConnectionFailure or NotWritten, which the log has as well.
    """
    log.give_up_unfinished(connection, pull.name)
    log.settle(connection, [pull.name])
    ours = current_time(connection)
    clock_is_known = system.now is not None
    began_at = system.now or ours
    choice = choose(connection, pull.settings, pull.readable, ours, full=options.full, asked=options.asked)
    if reads_by_key(pull.settings, pull.readable, options.asked):
        check_keys(pull.settings, pull.importer, pull.readable)
    pull_id = 0
    if options.into is None:
        pull_id = log.begin(connection, pull.settings, choice.kind, choice.since, began_at, options.run_id)
    progress.pull_started(pull.name, _in_words(choice))
    reading = _Reading(connection, pull, system, progress)
    path = (options.into or folder_of(pull.connection.name) / pull.name) / _file_name(pull, choice, began_at, pull_id)
    try:
        with within_pull_timeout(pull.connection):
            if pull_id and choice.kind is Kind.FULL and pull.settings.archive_after != NEVER:
                assert isinstance(system, Archiving)
                system.archive(pull.settings)
            count = reading.write(path, choice)
        if not count and choice.kind is Kind.FULL:
            _refuse_nothing(connection, pull.settings)
    except (ConnectionFailure, NotWritten) as error:
        if pull_id:
            log.note_failed(connection, pull_id, reading.taken, str(error))
        raise
    taken = reading.taken
    if count:
        taken = replace(taken, bytes=path.stat().st_size, file=path.name)
    if pull_id:
        if not clock_is_known and system.now is not None:
            # By a clock that is behind ours, what changes now would be before the next window.
            began_at += min(system.now - current_time(connection), timedelta())
        log.note_taken(connection, pull_id, taken, began_at)
    progress.pull_finished(pull.name, taken)
    importer = full_importer(pull.settings) if choice.kind is Kind.FULL else pull.name
    return Written(pull_id, taken, importer, path if count else None)


class _Reading:
    """The records of one pull, with how far it is."""

    def __init__(self, connection: Connection, pull: Pull, system: Connected, progress: PullProgress) -> None:
        self._connection = connection
        self._pull = pull
        self._system = system
        self._progress = progress
        self._started = time.monotonic()
        self._requests_before = system.requests
        self._count = 0

    @property
    def taken(self) -> Taken:
        return Taken(
            requests=self._system.requests - self._requests_before,
            records=self._count,
            seconds=round(time.monotonic() - self._started, 3),
        )

    def write(self, path: Path, choice: Choice) -> int:
        """Writes what was chosen; returns how many records. Raises ConnectionFailure, NotWritten."""
        if not self._pull.settings.exports:
            return write_records(path, self.records(choice))
        assert isinstance(self._system, Exporting)
        with written(path) as unfinished:
            self._count = self._system.export(self._pull.settings, unfinished)
        return self._count

    def records(self, choice: Choice) -> Iterator[Record]:
        """Each record once: those that are read again are left out where they have changed anyway."""
        settings = self._pull.settings
        again = keys_to_reread(self._connection, settings, self._pull.readable, choice)
        seen: set[str] = set()
        for record in self._system.records(settings, choice.selection):
            if again:
                seen.add(str(self._key(record)))
            yield self._counted(record)
        left = [key for key in again if key not in seen]
        if left:
            for record in self._system.records(settings, WithKeys(left, settings.entity)):
                yield self._counted(record)

    def _counted(self, record: Record) -> Record:
        self._count += 1
        self._progress.pull_advanced(self._count, self._system.requests - self._requests_before)
        check_deadline(f"pull {self._pull.name}: {self._count:,} records")
        return record

    def _key(self, record: Record) -> Any:
        value: Any = record
        for name in self._pull.readable.key.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


def _refuse_nothing(connection: Connection, pull: PullSettings) -> None:
    """Raises UnexpectedAnswer where nothing has come and there were records before."""
    query = sql.SQL("select count(*) from {} where _source = %s and _deleted_at is null")
    row = connection.execute(query.format(sql.Identifier("raw", pull.entity)), [pull.connection]).fetchone()
    assert row is not None
    if row[0]:
        raise UnexpectedAnswer(
            f"pull {pull.name}: connection {pull.connection} has no {pull.entity} at all, and {row[0]:,} of it are"
            " stored. See whether the user may read them; nothing is deleted."
        )


def _file_name(pull: Pull, choice: Choice, began_at: datetime, pull_id: int) -> str:
    since = choice.since.strftime(_TIME_IN_NAMES) if choice.since else str(choice.kind)
    return f"{pull.name}_{since}_{began_at.strftime(_TIME_IN_NAMES)}_{pull_id}.{_ENDINGS[pull.settings.format]}"


def _in_words(choice: Choice) -> str:
    match choice.selection:
        case WithKeys(keys, of):
            return f"those of {len(keys)} {of}"
        case _ if choice.since:
            return f"what changed since {choice.since:%Y-%m-%d %H:%M:%S %Z}"
    return "everything"
