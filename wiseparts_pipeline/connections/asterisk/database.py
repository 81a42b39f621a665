"""A session with the database that Asterisk writes to: it reads only, and every statement has its time."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from socket import socket
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Pace
from wiseparts_pipeline.connections.deadline import CutOff, check_deadline, longest_wait
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, Unreachable

Row = dict[str, Any]

# How many rows are fetched at a time where all of them do not fit into memory.
FETCHED_AT_ONCE = 2000
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
# How much later than the server we end what takes too long, in seconds.
_MOMENT = 1.0


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


# What libpq and Python say of a session that cannot be encrypted, or with whom nobody knows.
_NOT_TRUSTED = re.compile(r"\bSSL\b|certificate|CERTIFICATE_VERIFY_FAILED|root\.crt", re.IGNORECASE)


class Place:
    """Where the database is, and whether what is sent there can be read in between."""

    def __init__(self, settings: ConnectionSettings) -> None:
        parts = urlsplit(settings.url)
        self.host, self.port = settings.host_name, settings.port
        self.database = unquote(parts.path.strip("/"))
        self.user = settings.username or ""
        self.password = settings.password.get_secret_value() if settings.password else ""
        self.authority = str(settings.ca_file) if settings.ca_file else None
        within = settings.allow_plaintext or self.host in _OWN_MACHINE
        self.encrypted = self.authority is not None or not within
        self.seconds = settings.timeout_seconds
        self.name = f"connection {settings.name}: database {self.database} at {settings.host}"

    def refused_login(self, said: str, more: str = "") -> LoginRefused:
        return LoginRefused(
            f"{self.name} does not accept the user {self.user} ({said}): correct username and password of the"
            f" connection{more}"
        )

    def not_opened(self, said: str) -> Refused:
        return Refused(
            f"{self.name} cannot be opened ({said}): correct the `url` of the connection, or give the user the right to"
            " read it"
        )

    def no_right(self, said: str) -> Refused:
        return Refused(f"{self.name}: {said}: give the user {self.user} the right to read it")

    def too_slow(self) -> Unreachable:
        return Unreachable(
            f"{self.name}: a query was not done after {self.seconds:g} s: create the indexes that"
            " docs/configurations.md names, or set `timeout_seconds` of the connection higher"
        )

    def not_reached(self, said: str) -> Unreachable | Refused:
        """Also where the session cannot be encrypted, or the server's certificate is not accepted."""
        if not self.encrypted or not _NOT_TRUSTED.search(said):
            return Unreachable(f"{self.name} cannot be reached: {said}")
        return Refused(
            f"{self.name}: no encrypted session with a server whose certificate is trusted ({said}): set up TLS in the"
            " database, and name its authority in `ca_file` of the connection; if the network is trusted, set"
            " `allow_plaintext: true`"
        )

    def not_understood(self, said: str) -> Refused:
        return Refused(f"{self.name}: {said}: see docs/configurations.md for what is read there")


class Queries:
    """How queries leave: at the pace of the connection, counted, and none is waited for longer than it may take."""

    def __init__(self, settings: ConnectionSettings, pace: Pace) -> None:
        self.place = Place(settings)
        self._pace = pace
        self.requests = 0

    def wait(self) -> None:
        """Returns when the next one may be sent."""
        self._pace.wait()
        self.requests += 1

    @contextmanager
    def limited(self, connection: socket | None = None) -> Iterator[float]:
        """In how many seconds the server is to end what is asked for; a silent one is left a moment later.

        Raises TooLate instead of Unreachable if the deadline has passed.
        """
        cut_off = CutOff()
        cut_off.connection = connection
        seconds = longest_wait(self.place.seconds, self.place.name)
        cut_off.after(seconds + _MOMENT)
        try:
            yield seconds
        except Unreachable:
            check_deadline(self.place.name)
            if cut_off.happened:
                raise self.place.too_slow() from None
            raise
        finally:
            cut_off.after(None)

    def in_pieces(self, fetch: Callable[[], Sequence[Row]], connection: socket) -> Iterator[Row]:
        """The rows that are fetched some at a time, until none come."""
        while True:
            with self.limited(connection):
                rows = fetch()
            if not rows:
                return
            yield from rows
