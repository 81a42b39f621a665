"""A session with the database that Asterisk writes to: it reads only, and every statement has its time."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol, Self
from urllib.parse import unquote, urlsplit

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.errors import Refused

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


# What libpq and Python say of a session that cannot be encrypted, or with whom nobody knows.
_NOT_TRUSTED = re.compile(r"\bSSL\b|certificate|CERTIFICATE_VERIFY_FAILED|root\.crt", re.IGNORECASE)


class Place:
    """Where the database is, and whether what is sent there can be read in between."""

    def __init__(self, settings: ConnectionSettings, port: int) -> None:
        parts = urlsplit(settings.url)
        self.host = parts.hostname or ""
        self.port = parts.port or port
        self.database = unquote(parts.path.strip("/"))
        self.user = settings.username or ""
        self.password = settings.password.get_secret_value() if settings.password else ""
        self.authority = str(settings.ca_file) if settings.ca_file else None
        within = settings.allow_plaintext or self.host in _OWN_MACHINE
        self.encrypted = self.authority is not None or not within
        self.seconds = settings.timeout_seconds
        self.name = f"connection {settings.name}: database {self.database} at {settings.host}"

    def not_trusted(self, said: str) -> Refused | None:
        """What to do where the session cannot be encrypted, or the server's certificate is not accepted."""
        if not self.encrypted or not _NOT_TRUSTED.search(said):
            return None
        return Refused(
            f"{self.name}: no encrypted session with a server whose certificate is trusted ({said}): set up TLS in the"
            " database, and name its authority in `ca_file` of the connection; if the network is trusted, set"
            " `allow_plaintext: true`"
        )
