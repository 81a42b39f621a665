"""Which columns this site's tables `cdr` and `queue_log` have, and how the queries name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wiseparts_pipeline.connections.asterisk.database import Row, Session
from wiseparts_pipeline.connections.errors import Refused, UnexpectedAnswer

CALL_RECORDS = "cdr"
QUEUE_LOG = "queue_log"

# By what a column is, the names that it has at different sites.
_START = ("start", "calldate")
_NEEDED = {"uniqueid": ("uniqueid",), "start": _START, "duration": ("duration",), "disposition": ("disposition",)}
# What is lost where a column is missing.
_USEFUL = {
    "linkedid": "the parts of a call that went over several channels are calls of their own",
    "end": "calls end when their duration says",
    "answer": "calls were answered when their seconds of conversation say",
    "billsec": "the seconds of conversation are missing",
    "channel": "the direction of calls is not known",
    "dstchannel": "it is not known who answered",
    "lastapp": "a queue or voicemail cannot be told from a conversation",
    "lastdata": "the queue is known of calls in queue_log only",
    "src": "the caller's number is missing",
    "dst": "the called number is missing",
}
_EVENTS = ("time", "callid", "queuename", "agent", "event")
_LAST = ("event", "time", "callid")
_ZONED = ("timestamp with time zone", "timestamp")
_TEXTS = ("character varying", "character", "text", "varchar", "char")


@dataclass(frozen=True)
class Table:
    """A table of this site: its columns in their order, with the type of each."""

    name: str
    schema: str
    types: Mapping[str, str]

    def column(self, names: Sequence[str]) -> str | None:
        """The first of these names that it has, as it is written there."""
        written = {column.lower(): column for column in self.types}
        return next((written[name] for name in names if name in written), None)


@dataclass(frozen=True)
class Tables:
    """What is read from. `log`: the log of the queues, if there is one."""

    session: Session
    records: Table
    log: Table | None

    @property
    def records_name(self) -> str:
        return self._name(self.records)

    @property
    def log_name(self) -> str:
        assert self.log is not None
        return self._name(self.log)

    def read(self, table: Table, row: Row) -> Row:
        """A row with the columns' names in lower case, and its zone with every time that has one."""
        return {
            name.lower(): value.replace(tzinfo=UTC) if _lacks_zone(table.types.get(name), value) else value
            for name, value in row.items()
        }

    def columns_of(self, table: Table) -> str:
        """All columns of a table that may be read, quoted."""
        return ", ".join(self.session.quoted(name) for name in table.types)

    def _name(self, table: Table) -> str:
        return f"{self.session.quoted(table.schema)}.{self.session.quoted(table.name)}"

    def of_record(self, name: str) -> str:
        """A column of the call records, quoted."""
        column = self.records.column(_NEEDED.get(name, (name,)))
        assert column is not None
        return self.session.quoted(column)

    @property
    def has_linked(self) -> bool:
        """Whether the records say which channels belong to the same call."""
        return self.records.column(["linkedid"]) is not None

    @property
    def call(self) -> str:
        """The expression for the key of a record's call."""
        if not self.has_linked:
            return self.of_record("uniqueid")
        return f"coalesce(nullif({self.of_record('linkedid')}, ''), {self.of_record('uniqueid')})"

    def is_one_of(self, calls: list[str]) -> tuple[str, list[object]]:
        """The condition for the records of these calls, which uses the indexes that there are."""
        unique = f"{self.of_record('uniqueid')} {self.session.among}"
        if not self.has_linked:
            return unique, [calls]
        linked = self.of_record("linkedid")
        unlinked = f"({linked} is null or {linked} = '') and {unique}"
        return f"({linked} {self.session.among} or ({unlinked}))", [calls, calls]

    def ended_since(self, moment: datetime, zone: str) -> tuple[str, list[object]]:
        """The condition for records that ended at a moment or later. `zone`: that of times which have none."""
        start = self.of_record("start")
        kind = self.records.types[self.records.column(_START) or ""]
        computed = self.session.seconds_after.format(moment=start, seconds=self.of_record("duration"))
        if self.records.column(["end"]) is None:
            return f"{computed} >= %s", [self._comparable(kind, moment, zone)]
        end = self.of_record("end")
        its_kind = self.records.types[self.records.column(["end"]) or ""]
        return f"({end} >= %s or ({end} is null and {computed} >= %s))", [
            self._comparable(its_kind, moment, zone),
            self._comparable(kind, moment, zone),
        ]

    def latest_over(self, events: Sequence[str]) -> tuple[str, list[object]]:
        """The query for the channels of the latest calls that one of these events ended."""
        assert self.log is not None
        event, time, channel = (self.session.quoted(self.log.column([name]) or "") for name in _LAST)
        query = f"""
            select {channel} as channel from {self.log_name} where {event} {self.session.among}
            order by {time} desc limit 20
        """  # noqa: S608
        return query, [list(events)]

    def recorded(self, channels: Sequence[str]) -> tuple[str, list[object]]:
        """The query for those of the channels that have a call record."""
        unique = self.of_record("uniqueid")
        query = f"select {unique} as channel from {self.records_name} where {unique} {self.session.among}"  # noqa: S608
        return query, [list(channels)]

    def _comparable(self, kind: str, moment: datetime, zone: str) -> object:
        if kind in _ZONED:
            return self.session.zoned(moment)
        local = earliest_local(moment, zone)
        return local.isoformat(sep=" ", timespec="seconds") if kind in _TEXTS else local


def earliest_local(moment: datetime, zone: str) -> datetime:
    """The local time, without a zone, that no later moment is before: clocks that are set back repeat an hour."""
    place = ZoneInfo(zone)
    there = moment.astimezone(place)
    now = there.utcoffset()
    soon = datetime.fromtimestamp(moment.timestamp() + 3 * 3600, place).utcoffset()
    assert now is not None
    assert soon is not None
    return there.replace(tzinfo=None) - max(now - soon, timedelta(0))


def found(session: Session, place: str) -> Tables:
    """The tables as they are at this site. Raises ConnectionFailure if calls cannot be read from them."""
    rows = session.rows(
        f"""
        select table_schema as in_schema, table_name as in_table, column_name as named, data_type as kind
        from information_schema.columns where {session.schemas} and table_name in ('{CALL_RECORDS}', '{QUEUE_LOG}')
        order by {session.by_schema}, ordinal_position
        """  # noqa: S608
    )
    tables: dict[str, Table] = {}
    for row in rows:
        table = tables.setdefault(row["in_table"], Table(row["in_table"], row["in_schema"], {}))
        if table.schema == row["in_schema"]:
            tables[table.name] = replace(table, types={**table.types, row["named"]: row["kind"].lower()})
    records = tables.get(CALL_RECORDS)
    if records is None:
        raise Refused(
            f"{place} has no table `{CALL_RECORDS}` that the user may read: correct the `url` of the connection, or"
            " give the user the right to read it; if the call records have another name, make a view of that name"
        )
    if missing := [names[-1] for names in _NEEDED.values() if records.column(names) is None]:
        raise UnexpectedAnswer(
            f"{place}: the table `{CALL_RECORDS}` has no column {', '.join(missing)}: add them to the table, or make a"
            f" view `{CALL_RECORDS}` that has them; Asterisk fills them if they are there"
        )
    return Tables(session, records, _complete(tables.get(QUEUE_LOG)))


def _complete(log: Table | None) -> Table | None:
    """The log of the queues, if it has what makes it one."""
    return log if log is not None and not lacks(log, _EVENTS) else None


def lacks(table: Table, names: Sequence[str]) -> list[str]:
    """The columns that a table does not have."""
    return [name for name in names if table.column([name]) is None]


def what_is_lost(tables: Tables) -> list[str]:
    """What is not known of calls because the table has no column for it."""
    return [
        f"the table `{CALL_RECORDS}` has no column `{name}`: {lost}"
        for name, lost in _USEFUL.items()
        if tables.records.column([name]) is None
    ]


def _lacks_zone(kind: str | None, value: Any) -> bool:
    return kind in _ZONED and isinstance(value, datetime) and value.tzinfo is None


def as_text(value: Any) -> str | None:
    """A value of the database, as a record has it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)
