"""A session with the database that Asterisk writes to: it reads only, and every statement has its time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol, Self
from urllib.parse import unquote, urlsplit

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace

Row = dict[str, Any]

# How many rows are fetched at a time where all of them do not fit into memory.
FETCHED_AT_ONCE = 2000
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")


class Session(Protocol):
    """What PostgreSQL and MySQL have in common. Every method raises ConnectionFailure."""

    # A condition for one of several values, after the name of a column, with one parameter.
    among: str
    # A point in time that is some seconds, an expression, after another.
    seconds_after: str
    # The schemas whose tables are read, a condition on information_schema.
    schemas: str
    # The order of these schemas: the first one with a table is the one.
    by_schema: str

    def quoted(self, name: str) -> str:
        """The identifier, as a query has it."""

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of an answer, by name of their column."""

    def streamed(self, query: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of an answer, some at a time; other queries can be sent in between."""

    def now(self) -> datetime:
        """The database's clock."""

    def zoned(self, moment: datetime) -> datetime:
        """A moment as it is compared with a column that knows the zone of its times."""

    def close(self) -> None: ...


class Counted:
    """Waits for the pace of the connection before each query, and counts them."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self.requests = 0

    def wait(self) -> Self:
        self._pace.wait()
        self.requests += 1
        return self


class Place:
    """Where the database is, and whether what is sent there can be read in between."""

    def __init__(self, settings: ConnectionSettings, port: int) -> None:
        parts = urlsplit(settings.url)
        self.host = parts.hostname or ""
        self.port = parts.port or port
        self.database = unquote(parts.path.strip("/"))
        self.user = settings.username or ""
        self.password = settings.password.get_secret_value() if settings.password else ""
        self.encrypted = not settings.allow_plaintext and self.host not in _OWN_MACHINE
        self.authority = str(settings.ca_file) if settings.ca_file else None
        self.seconds = settings.timeout_seconds
        self.name = f"connection {settings.name}: database {self.database} at {settings.host}"
