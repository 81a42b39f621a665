"""Where Dagster keeps runs, events and schedules: PostgreSQL, in the warehouse's schema `dagster`."""

import atexit
import os
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage

from wiseparts_pipeline.orchestration.errors import PlainFault

DATABASE_URL = "WISEPARTS_DAGSTER_URL"


class WarehouseStorage(DagsterPostgresStorage):
    """The database that WISEPARTS_DAGSTER_URL names.

    Without the variable and without a DAGSTER_HOME Dagster gets a storage that is thrown away: enough for
    `dg check defs`, which reads the dagster.yaml of the folder it is run in and keeps nothing.
    """

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> DagsterStorage:
        url = os.environ.get(DATABASE_URL)
        if not url and os.environ.get("DAGSTER_HOME"):
            raise PlainFault(
                f"{DATABASE_URL} is not set: it names the database of Dagster's runs and events, like"
                " postgresql+psycopg2://user:password@host:5432/database. `wiseparts dev` sets it."
            )
        if not url:
            folder = TemporaryDirectory(prefix="dagster-")
            atexit.register(folder.cleanup)
            return DagsterSqliteStorage(folder.name)
        return cls(url, inst_data=inst_data)
