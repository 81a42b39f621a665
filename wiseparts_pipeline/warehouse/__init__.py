"""The PostgreSQL database that files are loaded into: your own server or the embedded one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import ConfigurationError, WarehouseError
from wiseparts_pipeline.home import home as default_home
from wiseparts_pipeline.warehouse import embedded
from wiseparts_pipeline.warehouse.connection import Connection
from wiseparts_pipeline.warehouse.deferred import ensure_deferred_tables
from wiseparts_pipeline.warehouse.entries import ensure_entries
from wiseparts_pipeline.warehouse.errors import one_line
from wiseparts_pipeline.warehouse.locks import lock_until_commit
from wiseparts_pipeline.warehouse.ops import ANALYST, ensure_analyst, ensure_schemas
from wiseparts_pipeline.warehouse.tables import ensure_table

__all__ = ["ANALYST", "Connection", "Warehouse"]

OLDEST_SERVER = 15
DATABASE_URL = "WISEPARTS_DATABASE_URL"
CONNECT_SECONDS = 10
# Any number that no other program uses in this database.
PREPARE_LOCK = 7_310_015


@dataclass(frozen=True)
class Warehouse:
    """A database, by its libpq URL, which is not shown because it may contain the password."""

    url: str = field(repr=False)

    @classmethod
    @contextmanager
    def open(cls, home: Path | None = None) -> Iterator["Warehouse"]:
        """The prepared warehouse: the server of WISEPARTS_DATABASE_URL, or the embedded one, running for the block.

        Raises WarehouseError if it cannot be reached or used, ConfigurationError if the URL is invalid.
        """
        if url := os.environ.get(DATABASE_URL):
            warehouse = cls(url)
            warehouse.prepare()
            yield warehouse
        else:
            with embedded.running((home or default_home()) / "postgres") as url:
                warehouse = cls(url)
                warehouse.prepare()
                yield warehouse

    def connect(self, *, autocommit: bool = False, read_only_analyst: bool = False) -> Connection:
        """A connection in UTC; `read_only_analyst`: with the rights of the analyst role, in read-only transactions."""
        settings = {"TimeZone": "UTC"}
        if read_only_analyst:
            settings |= {"role": ANALYST, "default_transaction_read_only": "on", "search_path": "marts"}
        parameters: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": "wiseparts"}
        parameters |= self._parameters()
        options = [parameters.get("options") or "", *(f"-c{name}={value}" for name, value in settings.items())]
        try:
            return psycopg.connect(**parameters | {"options": " ".join(options)}, autocommit=autocommit)
        except psycopg.OperationalError as error:
            raise WarehouseError(
                f"Cannot connect to the database: {self._without_password(error)}. Is {DATABASE_URL} right?"
            ) from None

    def prepare(self) -> None:
        """Create missing schemas, tables, columns and the analyst role. Safe to repeat and to run concurrently."""
        with self.connect() as connection:
            _refuse_old_server(connection)
            lock_until_commit(connection, PREPARE_LOCK)
            try:
                ensure_schemas(connection)
                ensure_entries(connection)
                for entity in ENTITIES.values():
                    ensure_table(connection, entity)
                ensure_deferred_tables(connection)
                ensure_analyst(connection)
            except psycopg.errors.InsufficientPrivilege as error:
                raise WarehouseError(
                    f"The database user {connection.info.user!r} lacks the rights to prepare the database"
                    f" {connection.info.dbname!r}: {error}. Make it the owner of the database."
                ) from None

    def dbt_environment(self) -> dict[str, str]:
        """The environment variables that dbt's profile reads; the host may be the folder of a socket."""
        with self.connect() as connection:
            info = connection.info
            return {
                "WISEPARTS_PG_HOST": info.host,
                "WISEPARTS_PG_PORT": str(info.port),
                "WISEPARTS_PG_USER": info.user,
                "WISEPARTS_PG_PASSWORD": info.password,
                "WISEPARTS_PG_DBNAME": info.dbname,
                "WISEPARTS_PG_SSLMODE": info.get_parameters().get("sslmode", "prefer"),
            }

    def dagster_url(self) -> str:
        """The SQLAlchemy URL of Dagster's storage: this database, with the schema dagster as search path."""
        with self.connect() as connection:
            info = connection.info
            user, password, dbname, host, port = info.user, info.password, info.dbname, info.host, str(info.port)
        query = {name: value for name, value in self._parameters().items() if name.startswith("ssl")}
        query |= {"options": "-csearch_path=dagster"}
        if host.startswith("/"):
            address, query = "", query | {"host": host, "port": port}
        else:
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        login = f"{quote(user, safe='')}:{quote(password, safe='')}".removesuffix(":")
        return f"postgresql+psycopg2://{login}@{address}/{dbname}?{urlencode(query, quote_via=quote)}"

    def _parameters(self) -> dict[str, Any]:
        try:
            return conninfo_to_dict(self.url)
        except psycopg.ProgrammingError:
            # Without libpq's error, which quotes the URL and with it the password.
            raise ConfigurationError(
                f"{DATABASE_URL} is not a PostgreSQL URL, which looks like postgresql://user:password@host:5432/database"
            ) from None

    def _without_password(self, error: psycopg.Error) -> str:
        message = one_line(error)
        password = self._parameters().get("password")
        return message.replace(str(password), "***") if password else message


def _refuse_old_server(connection: Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST_SERVER:
        raise WarehouseError(
            f"The database server of {DATABASE_URL} is PostgreSQL {version}; {OLDEST_SERVER} or newer is needed."
        )
