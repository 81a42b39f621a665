"""Starts runs in processes that have imported already what a run needs: seconds less for each run."""

import multiprocessing
import signal
from collections.abc import Mapping, Sequence
from typing import Any

import psutil
from dagster import DagsterRun
from dagster._cli.api import execute_run_command
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass
from dagster._serdes.config_class import ConfigurableClassData

# Which process a run is in: its number, and its start, because numbers are used again.
PROCESS_TAG = "wiseparts/process"
# Ours, and what Dagster, dbt and pandera would import at a run's first use of them.
PRELOADED = [
    "wiseparts_pipeline.definitions",
    "wiseparts_pipeline.orchestration.runtime.launcher",
    "dagster._core.executor.in_process",
    "dagster._core.instance.factory",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.event_log.sql_event_log",
    "dagster._daemon",
    "dagster._utils.test",
    "dagster_postgres",
    "dbt.adapters.postgres",
    "dbt.task.build",
    "fsspec.implementations.local",
    "pandera.backends.pandas.register",
    "pandera.strategies.pandas_strategies",
    "upath.core",
]


class ForkingRunLauncher(RunLauncher[Any], ConfigurableClass):
    """Forks each run from a small server that Python starts with the first run and ends with the daemon.

    Dagster's own launcher starts an interpreter for each run, which spends 5 s of processor time on imports before it
    does anything. A run still loads the definitions itself, so that it sees the defs.yaml files as they are; changed
    Python code is seen once the stack is started again.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._inst_data = inst_data
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(PRELOADED)

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "ForkingRunLauncher":
        return cls(inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        origin = context.job_code_origin
        assert origin is not None
        run = context.dagster_run
        arguments = ExecuteRunArgs(origin, run.run_id, self._instance.get_ref()).get_command_args()
        process = self._processes.Process(target=_execute, args=(arguments,), name=f"run {run.run_id}")
        process.start()
        assert process.pid is not None
        self._instance.add_run_tags(run.run_id, {PROCESS_TAG: _identity(psutil.Process(process.pid))})

    def terminate(self, run_id: str) -> bool:
        """Asks the run to end, as Ctrl-C would; whether there is such a process."""
        run = self._instance.get_run_by_id(run_id)
        process = run and _process_of(run)
        if run is None or process is None:
            return False
        self._instance.report_run_canceling(run)
        process.send_signal(signal.SIGINT)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        if _process_of(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "Its process has ended without a word.")


def _execute(arguments: Sequence[str]) -> None:
    """Runs the command of Dagster's that executes a run in this process."""
    # Python has set it to be ignored: Ctrl-C in a terminal is for the process that starts others.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    execute_run_command.main(arguments[-1:])


def _identity(process: psutil.Process) -> str:
    return f"{process.pid}@{process.create_time()}"


def _process_of(run: DagsterRun) -> psutil.Process | None:
    """The process of a run, if it is still the one that was started for it."""
    identity = run.tags.get(PROCESS_TAG, "")
    try:
        process = psutil.Process(int(identity.partition("@")[0]))
        return process if _identity(process) == identity and process.status() != psutil.STATUS_ZOMBIE else None
    except (ValueError, psutil.NoSuchProcess):
        return None
