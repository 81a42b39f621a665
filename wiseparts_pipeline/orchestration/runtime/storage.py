"""Where Dagster keeps runs, events and schedules: PostgreSQL, in the warehouse's schema `dagster`."""

import atexit
import os
from collections.abc import Mapping
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from dagster_postgres import DagsterPostgresStorage
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.exc import OperationalError

from wiseparts_pipeline.orchestration.dagster_internals import (
    ConfigurableClassData,
    DagsterSqliteStorage,
    DagsterStorage,
    use_engine,
)
from wiseparts_pipeline.orchestration.errors import UserFacingError

DATABASE_URL = "WISEPARTS_DAGSTER_URL"
# Of the tables that Dagster's storages create, one of the last.
_LAST_TABLE = "job_ticks"


class WarehouseStorage(DagsterPostgresStorage):
    """The database named by WISEPARTS_DAGSTER_URL.

    With neither that variable nor DAGSTER_HOME set, Dagster gets a temporary storage. That is enough for
    `dg check defs`, which reads the dagster.yaml of the folder it is run in and stores nothing.

    All instances of a process share its connections: Dagster's own storage opens several for each event that it stores,
    and each costs PostgreSQL more than the event.
    """

    def __init__(self, url: str, inst_data: ConfigurableClassData | None = None) -> None:
        engine = _connections(url)
        super().__init__(url, should_autocreate_tables=not _has_tables(engine), inst_data=inst_data)
        use_engine(self, engine)

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> DagsterStorage:
        url = os.environ.get(DATABASE_URL)
        if not url and os.environ.get("DAGSTER_HOME"):
            raise UserFacingError(
                f"{DATABASE_URL} is not set. It names the database of Dagster's runs and events, such as"
                " postgresql+psycopg2://user:password@host:5432/database. `wiseparts dev` sets it."
            )
        if not url:
            folder = TemporaryDirectory(prefix="dagster-")
            atexit.register(folder.cleanup)
            return DagsterSqliteStorage(folder.name)
        return cls(url, inst_data)


@cache
def _connections(url: str) -> Engine:
    """Up to two are kept open; a run's process is forked before it has any."""
    # The isolation level is that of Dagster's own storage. The ping finds connections that PostgreSQL has closed.
    return create_engine(url, isolation_level="AUTOCOMMIT", pool_size=2, max_overflow=-1, pool_pre_ping=True)


def _has_tables(engine: Engine) -> bool:
    """Whether Dagster's tables are there: it would look three times, over connections of its own, in each tick."""
    try:
        return inspect(engine).has_table(_LAST_TABLE)
    except OperationalError:
        # Dagster repeats its own attempts until the server answers.
        return False
