"""Asterisk's tables in PostgreSQL: cdr_pgsql, cdr_adaptive_odbc."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.asterisk.database import FETCHED_AT_ONCE, Counted, Place, Row
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, Unreachable
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

    def __init__(self, settings: ConnectionSettings, counted: Counted) -> None:
        self._place = Place(settings, 5432)
        self._counted = counted.wait()
        place = self._place
        milliseconds = max(1, round(place.seconds * 1000))
        options = {
            "statement_timeout": str(milliseconds),
            "default_transaction_read_only": "on",
            "client_encoding": "UTF8",
        }
        parameters = PARAMETERS | {
            "host": place.host,
            "port": str(place.port),
            "dbname": place.database,
            "user": place.user,
            "password": place.password,
            "connect_timeout": str(max(2, round(place.seconds))),
            "tcp_user_timeout": str(milliseconds),
            "options": as_options(options),
            "application_name": application_name(),
        }
        if place.encrypted:
            parameters |= {"sslmode": "verify-full", "sslrootcert": place.authority or "system"}
        try:
            self._connection = psycopg.connect(make_conninfo(**parameters), autocommit=True, row_factory=dict_row)
        except psycopg.OperationalError as error:
            raise self._no_session(str(error).strip()) from None

    def quoted(self, name: str) -> str:
        """The identifier, as a query has it."""
        return '"' + name.replace('"', '""').replace("%", "%%") + '"'

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """All rows of an answer, by name of their column."""
        self._counted.wait()
        with self._failures():
            return self._connection.execute(query.encode(), parameters).fetchall()

    def streamed(self, query: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """The rows of an answer, some at a time; other queries can be sent in between."""
        self._counted.wait()
        with self._failures(), self._connection.transaction(), self._connection.cursor("streamed") as cursor:
            cursor.itersize = FETCHED_AT_ONCE
            cursor.execute(query.encode(), parameters)
            yield from cursor

    def now(self) -> datetime:
        """The database's clock."""
        moment: datetime = self.rows("select clock_timestamp() as now")[0]["now"]
        return moment

    def zoned(self, moment: datetime) -> datetime:
        """A moment as it is compared with a column that knows the zone of its times."""
        return moment.astimezone(UTC)

    def close(self) -> None:
        self._connection.close()

    def _no_session(self, said: str) -> Unreachable | Refused:
        place = self._place.name
        if _NO_LOGIN.search(said):
            return LoginRefused(
                f"{place} does not accept the user {self._place.user} ({said}): correct username and password of the"
                " connection, or let the user in, in pg_hba.conf"
            )
        if _NO_DATABASE.search(said):
            return Refused(f"{place} cannot be opened ({said}): correct the `url` of the connection")
        return self._place.not_trusted(said) or Unreachable(f"{place} cannot be reached: {said}")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Says what went wrong with a query."""
        place = self._place.name
        try:
            yield
        except psycopg.errors.QueryCanceled:
            raise Unreachable(
                f"{place}: a query was not done after {self._place.seconds:g} s: create the indexes that"
                " docs/configurations.md names, or set `timeout_seconds` of the connection higher"
            ) from None
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(f"{place}: {_said(error)}: give the user {self._place.user} the right to read it") from None
        except psycopg.OperationalError as error:
            raise Unreachable(f"{place}: {_said(error)}") from None
        except psycopg.Error as error:
            raise Refused(f"{place}: {_said(error)}: see docs/configurations.md for what is read there") from None


def _said(error: psycopg.Error) -> Any:
    return error.diag.message_primary or str(error).strip()
