"""Everything the package uses of Dagster that Dagster does not publish: the one place to fix after an upgrade.

`tests/orchestration/test_dagster_internals.py` names whatever has moved.
"""

from importlib import import_module
from typing import Any

from dagster import AssetCheckEvaluation, AssetCheckKey, DagsterInstance
from dagster._cli.api import execute_run_command
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.errors import DagsterUserCodeProcessError
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_shared.error import SerializableErrorInfo
from sqlalchemy import Engine

__all__ = [
    "IMPORTED_BY_RUNS",
    "CheckRunHealthResult",
    "ConfigurableClass",
    "ConfigurableClassData",
    "DagsterSqliteStorage",
    "DagsterStorage",
    "DagsterUserCodeProcessError",
    "ExecuteRunArgs",
    "InstanceRef",
    "LaunchRunContext",
    "QueuedRunCoordinator",
    "RunLauncher",
    "SerializableErrorInfo",
    "UnresolvedAssetJobDefinition",
    "WorkerStatus",
    "evaluate_sensors_every",
    "execute_run_command",
    "last_evaluation",
    "use_engine",
]

# Modules that Dagster imports only in a run.
IMPORTED_BY_RUNS = (
    "dagster._core.executor.in_process",
    "dagster._core.instance.factory",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.event_log.sql_event_log",
    "dagster._daemon",
    "dagster._utils.test",
)


def last_evaluation(instance: DagsterInstance, check: AssetCheckKey) -> AssetCheckEvaluation | None:
    """What was found when the check was evaluated last; None if it never was."""
    done = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}
    records = instance.event_log_storage.get_asset_check_execution_history(check, limit=1, status=done)
    return records[0].evaluation if records else None


def use_engine(storage: DagsterPostgresStorage, engine: Engine) -> None:
    """Have the storage take its connections from this engine instead of opening one for each statement."""
    parts: tuple[Any, ...] = (storage.run_storage, storage.event_log_storage, storage.schedule_storage)
    for part in parts:
        part._engine = engine


def evaluate_sensors_every(seconds: float) -> None:
    """Have the daemon look this often, instead of every 5 s, which sensors are due. In the daemon's process only."""
    sensor: Any = import_module("dagster._daemon.sensor")
    sensor.MIN_INTERVAL_LOOP_TIME = seconds
