"""Asterisk's tables in PostgreSQL: cdr_pgsql, cdr_adaptive_odbc."""

import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from socket import socket

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from wiseparts_pipeline.connections.asterisk.database import FETCHED_AT_ONCE, Queries, Row
from wiseparts_pipeline.connections.errors import Refused, Unreachable
from wiseparts_pipeline.warehouse.connection import PARAMETERS, application_name, as_options

# libpq tells only the text of why it was not let in.
_NO_LOGIN = re.compile(
    r"28000|28P01|authentication failed|no pg_hba\.conf entry|role .* (not exist|permitted)|no password"
)
_NO_DATABASE = re.compile(r"3D000|database .* does not exist|permission denied for database")


class PostgreSQL:
    """A session."""

    among = "= any(%s)"
    seconds_after = "({moment} + {seconds} * interval '1 second')"
    schemas = "table_schema = any(current_schemas(false))"
    by_schema = "array_position(current_schemas(false), table_schema::name)"

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._place = place = queries.place
        parameters = PARAMETERS | {
            "host": place.host,
            "port": str(place.port),
            "dbname": place.database,
            "user": place.user,
            "password": place.password,
            "tcp_user_timeout": str(_milliseconds(place.seconds)),
            "options": as_options({"default_transaction_read_only": "on", "client_encoding": "UTF8"}),
            "application_name": application_name(),
        }
        if place.encrypted:
            parameters |= {"sslmode": "verify-full", "sslrootcert": place.authority or "system"}
        queries.wait()
        with queries.limited() as seconds:
            # Less than 2 s is not possible.
            parameters["connect_timeout"] = str(max(2, round(seconds)))
            try:
                self._connection = psycopg.connect(make_conninfo(**parameters), autocommit=True, row_factory=dict_row)
            except psycopg.OperationalError as error:
                raise self._no_session(str(error).strip()) from None
        self._socket = socket(fileno=os.dup(self._connection.fileno()))
        self._allowed = 0

    def _allow(self, seconds: float) -> None:
        """Lets the server end what takes longer."""
        if (milliseconds := _milliseconds(seconds)) != self._allowed:
            self._connection.execute(f"set statement_timeout = {milliseconds:d}")
            self._allowed = milliseconds

    def quoted(self, name: str) -> str:
        """The identifier, as a query has it."""
        return '"' + name.replace('"', '""').replace("%", "%%") + '"'

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of an answer, by name of their column."""
        self._queries.wait()
        with self._queries.limited(self._socket) as seconds, self._failures():
            self._allow(seconds)
            return self._connection.execute(query.encode(), parameters).fetchall()

    def streamed(self, query: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of an answer, some at a time; other queries can be sent in between."""
        self._queries.wait()
        with self._failures(), self._connection.transaction(), self._connection.cursor("streamed") as cursor:
            with self._queries.limited(self._socket) as seconds, self._failures():
                self._allow(seconds)
                cursor.execute(query.encode(), parameters)
            yield from self._queries.in_pieces(lambda: self._fetched(cursor), self._socket)

    def _fetched(self, cursor: psycopg.ServerCursor[Row]) -> list[Row]:
        with self._failures():
            return cursor.fetchmany(FETCHED_AT_ONCE)

    def now(self) -> datetime:
        """The database's clock."""
        moment: datetime = self.rows("select clock_timestamp() as now")[0]["now"]
        return moment

    def zoned(self, moment: datetime) -> datetime:
        """A moment as it is compared with a column that knows the zone of its times."""
        return moment.astimezone(UTC)

    def close(self) -> None:
        self._socket.close()
        self._connection.close()

    def _no_session(self, said: str) -> Unreachable | Refused:
        if _NO_LOGIN.search(said):
            return self._place.refused_login(said, ", or let the user in, in pg_hba.conf")
        return self._place.not_opened(said) if _NO_DATABASE.search(said) else self._place.not_reached(said)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Says what went wrong with a query."""
        try:
            yield
        except psycopg.errors.QueryCanceled:
            raise self._place.too_slow() from None
        except psycopg.errors.InsufficientPrivilege as error:
            raise self._place.no_right(_said(error)) from None
        except psycopg.OperationalError as error:
            raise self._place.not_reached(_said(error)) from None
        except psycopg.Error as error:
            raise self._place.not_understood(_said(error)) from None


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).strip()


def _milliseconds(seconds: float) -> int:
    """Not 0, which is forever."""
    return max(1, math.ceil(seconds * 1000))
