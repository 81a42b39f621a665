"""Starts runs in processes that have already imported what a run needs, which saves seconds per run."""

import multiprocessing
import signal
import threading
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from typing import Any

import psutil
from dagster import DagsterRun

from wiseparts_pipeline.orchestration.dagster_internals import (
    IMPORTED_BY_RUNS,
    CheckRunHealthResult,
    ConfigurableClass,
    ConfigurableClassData,
    ExecuteRunArgs,
    LaunchRunContext,
    RunLauncher,
    WorkerStatus,
    execute_run_command,
)

# The process of a run: its PID and its start time, because PIDs are reused.
PROCESS_TAG = "wiseparts/process"
# How long a run has to end by itself.
STOP_SECONDS = 60.0
# Our own modules, and those that Dagster, dbt and pandera would import during a run.
PRELOADED = [
    "wiseparts_pipeline.orchestration.runtime.launcher",
    *IMPORTED_BY_RUNS,
    "dagster_postgres",
    "dbt.adapters.postgres",
    "dbt.task.build",
    "fsspec.implementations.local",
    "pandera.backends.pandas.register",
    "pandera.strategies.pandas_strategies",
    "upath.core",
    # The last, as it keeps Python from looking through what has been imported by then.
    "wiseparts_pipeline.orchestration.runtime.preloaded",
]


class ForkingRunLauncher(RunLauncher[Any], ConfigurableClass):
    """Forks each run from Python's fork server, which starts with the first run at the latest and ends with the daemon.

    Dagster's own launcher starts an interpreter for each run, which spends 5 s of CPU time on imports before it does
    anything. A run loads the definitions itself if they are no longer those of the fork server, so it sees the current
    defs.yaml files; changed Python code needs a restart of the stack.
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

    def prepare(self) -> None:
        """Start the fork server, without waiting for it, so that the first run need not start it."""
        forkserver.ensure_running()

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
        """Interrupt the run as Ctrl-C would, and later kill it if need be; returns whether it was still running."""
        run = self._instance.get_run_by_id(run_id)
        process = run and _process_of(run)
        if run is None or process is None:
            return False
        self._instance.report_run_canceling(run)
        process.send_signal(signal.SIGINT)
        threading.Thread(target=_kill_unless_ended, args=(process,), daemon=True).start()
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        if _process_of(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "Its process ended without reporting a result.")


def _kill_unless_ended(process: psutil.Process) -> None:
    """End a process that hangs, as what it has locked in the database is free only then."""
    try:
        process.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()


def _execute(arguments: Sequence[str]) -> None:
    """Run Dagster's own command for executing a run, in this process."""
    # The fork server ignores SIGINT, and the forked process inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    execute_run_command.main(arguments[-1:])


def _identity(process: psutil.Process) -> str:
    return f"{process.pid}@{process.create_time()}"


def _process_of(run: DagsterRun) -> psutil.Process | None:
    """The process that was started for the run, if it is still running."""
    identity = run.tags.get(PROCESS_TAG, "")
    try:
        process = psutil.Process(int(identity.partition("@")[0]))
        return process if _identity(process) == identity and process.status() != psutil.STATUS_ZOMBIE else None
    except (ValueError, psutil.NoSuchProcess):
        return None
