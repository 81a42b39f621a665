"""Asterisk's tables in MySQL or MariaDB: FreePBX, cdr_adaptive_odbc, cdr_mysql."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pymysql
from pymysql.constants import CR, ER
from pymysql.cursors import DictCursor, SSDictCursor

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.asterisk.database import FETCHED_AT_ONCE, Counted, Place, Row
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, Unreachable

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


class MySQL:
    """A session; a second one is opened for what is read some rows at a time."""

    among = "in %s"
    seconds_after = "({moment} + interval {seconds} second)"
    schemas = "table_schema = database()"
    by_schema = "table_schema"

    def __init__(self, settings: ConnectionSettings, counted: Counted) -> None:
        self._place = Place(settings, 3306)
        self._counted = counted
        self._connection = self._connect()
        self._second: pymysql.Connection[DictCursor] | None = None

    def _connect(self) -> "pymysql.Connection[DictCursor]":
        place = self._place
        self._counted.wait()
        with self._failures():
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
                connect_timeout=max(1, round(place.seconds)),
                # The server ends what takes too long; this is for one that is gone.
                read_timeout=2 * place.seconds,
                write_timeout=place.seconds,
            )
            with connection.cursor() as cursor:
                # Times with a zone come in UTC.
                cursor.execute("set session time_zone = '+00:00'")
                cursor.execute("set session transaction read only")
                cursor.execute("select version() as version")
                if "MariaDB" in (cursor.fetchone() or {})["version"]:
                    cursor.execute("set session max_statement_time = %s", [place.seconds])
                else:
                    cursor.execute("set session max_execution_time = %s", [max(1, round(place.seconds * 1000))])
        return connection

    def quoted(self, name: str) -> str:
        """The identifier, as a query has it."""
        return "`" + name.replace("`", "``").replace("%", "%%") + "`"

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of an answer, by name of their column."""
        self._counted.wait()
        with self._failures(), self._connection.cursor() as cursor:
            cursor.execute(query, tuple(parameters))
            return list(cursor.fetchall())

    def streamed(self, query: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of an answer, some at a time; other queries can be sent in between."""
        if self._second is None:
            self._second = self._connect()
        self._counted.wait()
        with self._failures(), self._second.cursor(SSDictCursor) as cursor:
            cursor.execute(query, tuple(parameters))
            while rows := cursor.fetchmany(FETCHED_AT_ONCE):
                yield from rows

    def now(self) -> datetime:
        """The database's clock."""
        moment: datetime = self.rows("select utc_timestamp(6) as now")[0]["now"]
        return moment.replace(tzinfo=UTC)

    def zoned(self, moment: datetime) -> datetime:
        """A moment as it is compared with a column that knows the zone of its times."""
        return moment.astimezone(UTC).replace(tzinfo=None)

    def close(self) -> None:
        for connection in (self._connection, self._second):
            if connection is not None and connection.open:
                connection.close()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Says what went wrong with a query, or with logging in."""
        place, user = self._place.name, self._place.user
        try:
            yield
        except pymysql.MySQLError as error:
            number, said = error.args[0] if error.args else 0, error.args[-1] if error.args else ""
            if number in _NO_LOGIN:
                raise LoginRefused(
                    f"{place} does not accept the user {user} ({said}): correct username and password of the connection"
                ) from None
            if number in _NO_DATABASE:
                raise Refused(
                    f"{place} cannot be opened ({said}): correct the `url` of the connection, or give the user the"
                    " right to read it"
                ) from None
            if number in _NO_RIGHT:
                raise Refused(f"{place}: {said}: give the user {user} the right to read it") from None
            if number in _TOO_LONG:
                raise Unreachable(
                    f"{place}: a query was not done after {self._place.seconds:g} s: create the indexes that"
                    " docs/configurations.md names, or set `timeout_seconds` of the connection higher"
                ) from None
            if number in (0, *_PASSING) or CR.CR_ERROR_FIRST <= number < _SERVER_AGAIN:
                failure = self._place.not_trusted(str(said)) or Unreachable(f"{place} cannot be reached: {said}")
                raise failure from None
            raise Refused(f"{place}: {said}: see docs/configurations.md for what is read there") from None
