"""Asterisk as a system that calls are pulled from."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.asterisk.calls import whole
from wiseparts_pipeline.connections.asterisk.database import Queries, Row, Session
from wiseparts_pipeline.connections.asterisk.mysql import MySQL
from wiseparts_pipeline.connections.asterisk.postgresql import PostgreSQL
from wiseparts_pipeline.connections.asterisk.tables import QUEUE_LOG, Tables, as_text, found, what_is_lost
from wiseparts_pipeline.connections.base import ChangedSince, Everything, Pace, Readable, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import ConnectionFailure
from wiseparts_pipeline.errors import ConfigurationError

# How many calls are read at a time.
_CALLS_AT_ONCE = 2000
# The column with the key of a record's call, beside those of the record.
_KEY = "key of the call"
# Events after which a call is over.
_OVER = ("ABANDON", "COMPLETECALLER")


class Asterisk:
    """The database with the call records and the log of the queues, opened for reading."""

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        """How the pull's entity is read."""
        if pull.entity != "calls":
            raise ConfigurationError(f"pull {pull.name}: entity: asterisk has calls, and no {pull.entity}")
        return Readable(key="call")

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self._name = f"connection {settings.name}"
        self._queries = Queries(settings, pace)
        kind = PostgreSQL if urlsplit(settings.url).scheme == "postgresql" else MySQL
        self._session: Session = kind(self._queries)
        self._user = settings.username
        self._found: Tables | None = None
        try:
            self._now = self._session.now()
        except ConnectionFailure:
            self._session.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    @property
    def now(self) -> datetime | None:
        """The database's clock when it was logged in to."""
        return self._now

    @property
    def requests(self) -> int:
        """How many queries were sent, and how often it was logged in to."""
        return self._queries.requests

    @property
    def _tables(self) -> Tables:
        if self._found is None:
            self._found = found(self._session, self._name)
        return self._found

    def records(self, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        """The calls, each once and whole: of those with a part that ended in time, all parts are read."""
        self.readable(pull)
        calls = self._calls(pull, selection)
        while page := list(islice(calls, _CALLS_AT_ONCE)):
            yield from self._whole(page)

    def _calls(self, pull: PullSettings, selection: Selection) -> Iterator[str]:
        """The keys of the calls that are asked for, each once."""
        tables = self._tables
        condition, parameters = "true", list[object]()
        match selection:
            case WithKeys(keys):
                yield from dict.fromkeys(keys)
                return
            case ChangedSince(moment):
                condition, parameters = tables.ended_since(moment, pull.timezone)
            case Everything():
                pass
        query = f"""
            select distinct {tables.call} as {tables.session.quoted("call")} from {tables.records_name}
            where {condition} and {tables.call} <> ''
        """  # noqa: S608
        for row in self._session.streamed(query, parameters):
            yield row["call"]

    def _whole(self, calls: list[str]) -> Iterator[Record]:
        """Calls with everything that is known of them; those that are not there are left out."""
        tables = self._tables
        condition, parameters = tables.is_one_of(calls)
        query = f"""
            select {tables.call} as {tables.session.quoted(_KEY)}, {tables.columns_of(tables.records)}
            from {tables.records_name} where {condition}
        """  # noqa: S608
        parts: dict[str, list[Row]] = {}
        channels: dict[str, str] = {}
        for row in self._session.rows(query, parameters):
            call = row.pop(_KEY)
            part = tables.read(tables.records, row)
            part["uniqueid"] = as_text(part["uniqueid"])
            parts.setdefault(call, []).append(part)
            channels[part["uniqueid"] or call] = call
        events = self._events(channels) if channels else {}
        for call in calls:
            if call in parts:
                yield whole(call, parts[call], events.get(call, []))

    def _events(self, channels: dict[str, str]) -> dict[str, list[Row]]:
        """By call, the events of its channels in queues."""
        tables, events = self._tables, dict[str, list[Row]]()
        if tables.log is None:
            return events
        channel = tables.session.quoted(tables.log.column(["callid"]) or "")
        query = f"select {tables.columns_of(tables.log)} from {tables.log_name} where {channel} {tables.session.among}"  # noqa: S608
        for row in self._session.rows(query, [list(channels)]):
            event = tables.read(tables.log, row)
            if (call := channels.get(event["callid"])) is not None:
                events.setdefault(call, []).append(event)
        return events

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        """What is missing in the tables, and whether call records come late."""
        tables = self._tables
        yield from (f"{self._name}: {lost}" for lost in what_is_lost(tables))
        if tables.log is None:
            yield (
                f"{self._name}: there is no table `{QUEUE_LOG}` that the user {self._user} may read: how queued calls"
                " ended is taken from the call records, which know neither who waited how long nor whether anybody was"
                " spoken with; see docs/configurations.md"
            )
        yield from self._lateness(tables)

    def _lateness(self, tables: Tables) -> Iterator[str]:
        """Whether calls that are over in the log of the queues have no record yet."""
        late = 0
        if tables.log is not None:
            over = {str(row["channel"]) for row in self._session.rows(*tables.latest_over(_OVER))}
            recorded = (
                {str(row["channel"]) for row in self._session.rows(*tables.recorded(list(over)))} if over else set()
            )
            late = len(over - recorded)
        if late:
            yield (
                f"{self._name}: {late} of the last calls in queues are over, and have no call record yet: records are"
                " written in batches (`batch=yes` in cdr.conf), or not at all. Set `lookback` of the pull above `time`"
                " in cdr.conf, which is 300 seconds if it is not set"
            )
        else:
            yield (
                f"{self._name}: whether call records are written in batches does not show at this moment: with"
                " `batch=yes` in cdr.conf, `lookback` of the pull must be above `time` there, which is 300 seconds if"
                " it is not set"
            )
