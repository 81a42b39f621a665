"""Where Dagster keeps runs, events and schedules: PostgreSQL, in the warehouse's schema `dagster`."""

import atexit
import os
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

from dagster_postgres import DagsterPostgresStorage

from wiseparts_pipeline.orchestration.dagster_internals import (
    ConfigurableClassData,
    DagsterSqliteStorage,
    DagsterStorage,
)
from wiseparts_pipeline.orchestration.errors import UserFacingError

DATABASE_URL = "WISEPARTS_DAGSTER_URL"


class WarehouseStorage(DagsterPostgresStorage):
    """The database named by WISEPARTS_DAGSTER_URL.

    With neither that variable nor DAGSTER_HOME set, Dagster gets a temporary storage. That is enough for
    `dg check defs`, which reads the dagster.yaml of the folder it is run in and stores nothing.
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
            raise UserFacingError(
                f"{DATABASE_URL} is not set. It names the database of Dagster's runs and events, such as"
                " postgresql+psycopg2://user:password@host:5432/database. `wiseparts dev` sets it."
            )
        if not url:
            folder = TemporaryDirectory(prefix="dagster-")
            atexit.register(folder.cleanup)
            return DagsterSqliteStorage(folder.name)
        return cls(url, inst_data=inst_data)
