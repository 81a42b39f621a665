"""The PostgreSQL database that files are loaded into: your own server or the embedded one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import ConfigurationError, WarehouseError
from wiseparts_pipeline.home import closed
from wiseparts_pipeline.home import home as default_home
from wiseparts_pipeline.warehouse import embedded, urls
from wiseparts_pipeline.warehouse.analyst import (
    ANALYST,
    ANALYST_URL,
    SESSION,
    ensure_analyst,
    let_log_in,
    refuse_rights,
)
from wiseparts_pipeline.warehouse.connection import PARAMETERS, SETTINGS, Connection, application_name, as_options
from wiseparts_pipeline.warehouse.deferred import ensure_deferred_tables
from wiseparts_pipeline.warehouse.entries import ensure_entries
from wiseparts_pipeline.warehouse.errors import one_line
from wiseparts_pipeline.warehouse.locks import ensure_locks, lock_until_commit
from wiseparts_pipeline.warehouse.ops import ensure_schemas
from wiseparts_pipeline.warehouse.roles import VARIABLES, Role, ensure_roles, has_roles
from wiseparts_pipeline.warehouse.tables import ensure_table

__all__ = ["ANALYST", "Connection", "Role", "Warehouse"]

OLDEST_SERVER = 15
DATABASE_URL = "WISEPARTS_DATABASE_URL"


@dataclass(frozen=True)
class Warehouse:
    """A database, by its libpq URL, which is not shown because it may contain the password.

    `logins`: the URLs of roles that log in for themselves; of the others, the analyst's is made from `url`, which also
    does for the rest.
    """

    url: str = field(repr=False)
    logins: Mapping[Role, str] = field(default_factory=dict, repr=False, hash=False)

    @classmethod
    @contextmanager
    def open(cls, home: Path | None = None, role: Role = Role.OWNER) -> Iterator["Warehouse"]:
        """The prepared warehouse: the server of WISEPARTS_DATABASE_URL, or the embedded one, running for the block.

        `role`: who connects to it, where there is a URL for each role.
        Raises WarehouseError if it cannot be reached or used, ConfigurationError if the URL is invalid.
        """
        with ExitStack() as stack:
            logins = _logins()
            if not logins.keys() - {Role.DAGSTER}:
                url = stack.enter_context(embedded.running((closed(home) if home else default_home()) / "postgres"))
                logins = _embedded_logins(url)
            own = [logins[each] for each in (role, Role.OWNER, Role.IMPORTER, Role.DBT) if each in logins]
            if not own:
                raise ConfigurationError(f"{VARIABLES[role]} or {DATABASE_URL} is needed for this: set one of them.")
            warehouse = cls(own[0], logins)
            if Role.OWNER in logins:
                cls(logins[Role.OWNER]).prepare()
            elif role is not Role.ANALYST:
                warehouse.prepare()
            yield warehouse

    def connect(self, *, autocommit: bool = False, read_only_analyst: bool = False) -> Connection:
        """A connection in UTC; `read_only_analyst`: as a login that has no rights but the analyst's, which only reads.

        Raises WarehouseError if the database cannot be reached, or if there is no such login.
        """
        if read_only_analyst:
            return self._connect_analyst(autocommit=autocommit)
        variable = next((VARIABLES[role] for role, url in self.logins.items() if url == self.url), DATABASE_URL)
        return _connect(self.url, variable, {}, autocommit=autocommit)

    def connect_as(self, role: Role) -> Connection:
        """A connection in autocommit of a role that logs in for itself. Raises WarehouseError if it cannot."""
        return _connect(urls.without_driver(self.logins[role]), VARIABLES[role], {}, autocommit=True)

    def prepare(self) -> None:
        """Create missing schemas, tables, columns and the analyst role. Safe to repeat and to run concurrently."""
        with self.connect() as connection:
            _refuse_old_server(connection)
            try:
                ensure_locks(connection)
                lock_until_commit(connection, "wiseparts.prepare")
                ensure_schemas(connection)
                ensure_entries(connection)
                for entity in ENTITIES.values():
                    ensure_table(connection, entity)
                ensure_deferred_tables(connection)
                ensure_analyst(connection)
            except psycopg.errors.InsufficientPrivilege as error:
                raise WarehouseError(
                    f"The database user {connection.info.user!r} lacks the rights to prepare the database"
                    f" {connection.info.dbname!r}: {error}. Make it the owner of the database, or run a command with"
                    f" {DATABASE_URL} of its owner first."
                ) from None

    def dbt_environment(self) -> dict[str, str]:
        """The environment variables that dbt's profile reads; the host may be the folder of a socket."""
        url = self.logins.get(Role.DBT, self.url)
        with _connect(url, VARIABLES[Role.DBT], {}, autocommit=True) as connection:
            return urls.dbt_environment(connection.info, _options_of(url))

    def dagster_url(self) -> str:
        """The SQLAlchemy URL of Dagster's storage: this database, with the schema dagster as search path."""
        url = urls.without_driver(self.logins.get(Role.DAGSTER, self.url))
        with _connect(url, VARIABLES[Role.DAGSTER], {}, autocommit=True) as connection:
            return urls.dagster_url(connection.info, _options_of(url))

    def environment(self) -> dict[str, str]:
        """The variables that give another process this warehouse; not the owner's login where it can do without."""
        given = {role: url for role, url in self.logins.items() if role is not Role.DAGSTER}
        if given.keys() >= {Role.IMPORTER, Role.DBT}:
            given[Role.OWNER] = ""
        else:
            given[Role.OWNER] = self.url
        return {VARIABLES[role]: url for role, url in given.items()}

    def _connect_analyst(self, *, autocommit: bool) -> Connection:
        settings = SESSION | {"search_path": "marts"}
        if url := self.logins.get(Role.ANALYST):
            connection = _connect(url, ANALYST_URL, settings, autocommit=autocommit)
        else:
            with self.connect(autocommit=True) as owner:
                secret = owner.info.password
                password = urls.derived_password(secret, ANALYST) if secret else None
                url = urls.for_user(urls.parameters_of(self.url, DATABASE_URL), ANALYST, password)
                try:
                    connection = _connect(url, DATABASE_URL, settings, autocommit=autocommit)
                except WarehouseError:
                    let_log_in(owner, password)
                    connection = _connect_allowed(url, settings, autocommit=autocommit)
        refuse_rights(connection)
        return connection


def _logins() -> dict[Role, str]:
    return {role: url for role, variable in VARIABLES.items() if (url := os.environ.get(variable))}


def _embedded_logins(url: str) -> dict[Role, str]:
    """The roles' URLs of the embedded server, which are made as the superuser of `url` when they are missing."""
    server = Warehouse(url)
    with server.connect() as connection:
        if not has_roles(connection):
            server.prepare()
            ensure_roles(connection)
    return {role: url.replace("//postgres@", f"//{role}@", 1) for role in Role}


def _connect(url: str, variable: str, settings: dict[str, str], *, autocommit: bool) -> Connection:
    parameters = urls.parameters_of(url, variable)
    given = {"application_name": application_name()} | PARAMETERS | parameters
    # UTC is no choice of the URL, and nor is what the analyst may do.
    given["options"] = _options(parameters, {"TimeZone": "UTC"} | settings)
    try:
        return psycopg.connect(**given, autocommit=autocommit)
    except psycopg.OperationalError as error:
        message, password = one_line(error), parameters.get("password")
        message = message.replace(str(password), "***") if password else message
        raise WarehouseError(f"Cannot connect to the database: {message}. Is {variable} right?") from None


def _connect_allowed(url: str, settings: dict[str, str], *, autocommit: bool) -> Connection:
    try:
        return _connect(url, DATABASE_URL, settings, autocommit=autocommit)
    except WarehouseError as error:
        raise WarehouseError(
            f"The role {ANALYST} cannot log in to the database. {error} Set {ANALYST_URL} to the URL of a login that"
            " has this role and no other rights."
        ) from None


def _options_of(url: str) -> str:
    return _options(urls.parameters_of(url, DATABASE_URL), {})


def _options(parameters: dict[str, object], settings: dict[str, str]) -> str:
    """Our settings, those of the URL, and those that the URL does not change."""
    return " ".join(filter(None, [as_options(SETTINGS), str(parameters.get("options") or ""), as_options(settings)]))


def _refuse_old_server(connection: Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST_SERVER:
        raise WarehouseError(
            f"The database server of {DATABASE_URL} is PostgreSQL {version}; {OLDEST_SERVER} or newer is needed."
        )
