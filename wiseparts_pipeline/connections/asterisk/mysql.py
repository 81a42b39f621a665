"""Asterisk's tables in MySQL or MariaDB: FreePBX, cdr_adaptive_odbc, cdr_mysql."""

import math
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pymysql
from pymysql.constants import CR, ER
from pymysql.cursors import DictCursor, SSDictCursor

from wiseparts_pipeline.connections.asterisk.database import FETCHED_AT_ONCE, Queries, Row

_NO_LOGIN = (ER.ACCESS_DENIED_ERROR, 1698, 1862)  # the second: a user without a password; the third: an expired one
_NO_DATABASE = (ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR)
_NO_RIGHT = (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR)
_TOO_LONG = (1969, 3024)  # of MariaDB and of MySQL
# Errors of the client have the numbers from CR_ERROR_FIRST to here.
_SERVER_AGAIN = 3000
_PASSING = (
    ER.CON_COUNT_ERROR,
    ER.LOCK_WAIT_TIMEOUT,
    ER.LOCK_DEADLOCK,
    ER.SERVER_SHUTDOWN,
    1317,  # the query was interrupted
    1927,  # the connection was killed
)


@dataclass
class _Open:
    """A connection, what it is over, and after how many seconds the server ends a query there."""

    connection: "pymysql.Connection[DictCursor]"
    socket: socket.socket
    limit: str = ""
    seconds: float = 0

    def close(self) -> None:
        self.socket.close()
        if self.connection.open:
            self.connection.close()


class MySQL:
    """A session; a second one is opened for what is read some rows at a time."""

    among = "in %s"
    seconds_after = "({moment} + interval {seconds} second)"
    schemas = "table_schema = database()"
    by_schema = "table_schema"

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._place = queries.place
        self._first = self._connect()
        self._second: _Open | None = None

    def _connect(self) -> _Open:
        place = self._place
        self._queries.wait()
        with self._queries.limited() as seconds, self._failures():
            connection = pymysql.connect(
                host=place.host,
                port=place.port,
                user=place.user,
                password=place.password,
                database=place.database,
                charset="utf8mb4",
                autocommit=True,
                cursorclass=DictCursor,
                ssl=ssl.create_default_context(cafile=place.authority) if place.encrypted else None,
                defer_connect=True,
            )
            wire = socket.create_connection((place.host, place.port), seconds)
        # What is encrypted is sent over an object of its own.
        opened = _Open(connection, wire.dup())
        with ExitStack() as stack, self._queries.limited(opened.socket) as seconds, self._failures():
            stack.callback(opened.close)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(wire)
            with connection.cursor() as cursor:
                # Times with a zone come in UTC.
                cursor.execute("set session time_zone = '+00:00'")
                cursor.execute("set session transaction read only")
                cursor.execute("select version() as version")
                is_maria = "MariaDB" in (cursor.fetchone() or {})["version"]
            opened.limit = "max_statement_time" if is_maria else "max_execution_time"
            self._allow(opened, seconds)
            stack.pop_all()
        return opened

    def _allow(self, opened: _Open, seconds: float) -> None:
        """Lets the server end what takes longer."""
        if seconds == opened.seconds:
            return
        # MySQL counts in milliseconds, and 0 is forever.
        value = seconds if opened.limit == "max_statement_time" else max(1, math.ceil(seconds * 1000))
        with opened.connection.cursor() as cursor:
            cursor.execute(f"set session {opened.limit} = %s", [value])
        opened.seconds = seconds

    def quoted(self, name: str) -> str:
        """The identifier, as a query has it."""
        return "`" + name.replace("`", "``").replace("%", "%%") + "`"

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of an answer, by name of their column."""
        self._queries.wait()
        with self._queries.limited(self._first.socket) as seconds, self._failures():
            self._allow(self._first, seconds)
            with self._first.connection.cursor() as cursor:
                cursor.execute(query, tuple(parameters))
                return list(cursor.fetchall())

    def streamed(self, query: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of an answer, some at a time; other queries can be sent in between."""
        if self._second is None:
            self._second = self._connect()
        opened = self._second
        self._queries.wait()
        with self._failures(), opened.connection.cursor(SSDictCursor) as cursor:
            with self._queries.limited(opened.socket) as seconds, self._failures():
                self._allow(opened, seconds)
                cursor.execute(query, tuple(parameters))
            yield from self._queries.in_pieces(lambda: self._fetched(cursor), opened.socket)

    def _fetched(self, cursor: SSDictCursor) -> Sequence[Row]:
        with self._failures():
            return cursor.fetchmany(FETCHED_AT_ONCE)

    def now(self) -> datetime:
        """The database's clock."""
        moment: datetime = self.rows("select utc_timestamp(6) as now")[0]["now"]
        return moment.replace(tzinfo=UTC)

    def zoned(self, moment: datetime) -> datetime:
        """A moment as it is compared with a column that knows the zone of its times."""
        return moment.astimezone(UTC).replace(tzinfo=None)

    def close(self) -> None:
        for each in (self._first, self._second):
            if each is not None:
                each.close()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Says what went wrong with a query, or with logging in."""
        place = self._place
        try:
            yield
        except OSError as error:
            raise place.not_reached(str(error)) from None
        except pymysql.MySQLError as error:
            number, said = error.args[0] if error.args else 0, str(error.args[-1] if error.args else "")
            if number in _NO_LOGIN:
                raise place.refused_login(said) from None
            if number in _NO_DATABASE:
                raise place.not_opened(said) from None
            if number in _NO_RIGHT:
                raise place.no_right(said) from None
            if number in _TOO_LONG:
                raise place.too_slow() from None
            if number in (0, *_PASSING) or CR.CR_ERROR_FIRST <= number < _SERVER_AGAIN:
                raise place.not_reached(said) from None
            raise place.not_understood(said) from None
