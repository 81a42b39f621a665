"""The run launcher: a run that does not end by itself is ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import psutil
import pytest

from tests.waiting import eventually
from wiseparts_pipeline.orchestration.runtime import launcher
from wiseparts_pipeline.orchestration.runtime.launcher import PROCESS_TAG, ForkingRunLauncher


@pytest.fixture
def frozen() -> Iterator[psutil.Process]:
    """A process that reacts to nothing."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        os.kill(process.pid, signal.SIGSTOP)
        yield psutil.Process(process.pid)
        process.kill()


def test_a_run_that_hangs_is_ended(frozen: psutil.Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "STOP_SECONDS", 0.1)
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun("import_sales", tags={PROCESS_TAG: f"{frozen.pid}@{frozen.create_time()}"})
        instance.add_run(run)
        forking = ForkingRunLauncher()
        forking.register_instance(instance)

        assert forking.terminate(run.run_id)

        eventually(lambda: frozen.status() == psutil.STATUS_ZOMBIE)


def test_a_run_that_was_ended_long_ago_is_not_ended_again() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun("import_sales", tags={PROCESS_TAG: f"{os.getpid()}@0.0"})
        instance.add_run(run)
        forking = ForkingRunLauncher()
        forking.register_instance(instance)

        assert not forking.terminate(run.run_id)
