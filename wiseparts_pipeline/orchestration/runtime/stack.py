"""Runs Dagster for the length of a `with`: its home folder, web server and daemon."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import psutil

from wiseparts_pipeline.dbt.manifest import prepare_manifest
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.home import PROJECT, defs_folder, home, subfolder
from wiseparts_pipeline.orchestration.dagster_internals import InstanceRef
from wiseparts_pipeline.orchestration.imports import pool
from wiseparts_pipeline.orchestration.marts import POOL
from wiseparts_pipeline.orchestration.runtime import guard
from wiseparts_pipeline.warehouse import Warehouse

HOST = "127.0.0.1"
START_SECONDS = 180
# The commands of the code server, and of the process that starts it and that Dagster's other parts ask.
_CODE_SERVER, _ASKED = "dagster api grpc", "dagster code-server start"
_READY = "{ instance { daemonHealth { allDaemonStatuses { required healthy } } } workspaceOrError { __typename } }"
_RELOAD = "mutation { reloadWorkspace { __typename } }"


@dataclass(frozen=True)
class DagsterStack:
    """A running Dagster; `log` is the output of its processes."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def check(self) -> None:
        """Raises WisepartsError if it has ended."""
        if self.process.poll() is not None:
            raise WisepartsError(f"Dagster has ended; the end of {self.log} says why.")

    def revive(self) -> bool:
        """Has the code server started again if it was killed, which Dagster does not do; whether that was so.

        Without it no sensor looks for files, and no run begins.
        """
        if self._has_code_server():
            return False
        _ask(self.url, _RELOAD)
        return True

    def _has_code_server(self) -> bool:
        """Also while Dagster itself is about to end, as it has nothing then that could start one."""
        try:
            processes = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return True
        commands = [_command(process) for process in processes]
        return any(_CODE_SERVER in command for command in commands) or not any(_ASKED in each for each in commands)


def _command(process: psutil.Process) -> str:
    """Its command line; empty if it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


@contextmanager
def running_dagster(
    warehouse: Warehouse, port: int = 3000, environment: Mapping[str, str] | None = None
) -> Iterator[DagsterStack]:
    """Dagster on this warehouse, ready for use, with sensors and schedules on; `environment` is added to ours.

    Nothing is left running, even if this process is killed. Raises WisepartsError if it does not start.
    """
    folder = subfolder("dagster")
    (folder / "dagster.yaml").write_bytes((PROJECT / "dagster.yaml").read_bytes())
    url = warehouse.dagster_url()
    variables = {
        **(environment or {}),
        **warehouse.dbt_environment(),
        "DAGSTER_HOME": str(folder),
        "WISEPARTS_HOME": str(home()),
        "WISEPARTS_DEFS": str(defs_folder()),
        **warehouse.environment(),
        "WISEPARTS_DAGSTER_URL": url,
    }
    prepare_manifest()
    _set_pools(folder, url)
    command = ["dev", "--workspace", str(PROJECT / "workspace.yaml"), "--host", HOST, "--port", str(port)]
    # A line per listing of a folder would fill the disk.
    command += ["--log-level", "warning", "--code-server-log-level", "warning"]
    log = folder / "dagster.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, guard.__file__, sys.executable, "-m", "dagster", *command],
            env=os.environ | variables,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C must only reach us, so that we can shut it down properly.
            start_new_session=True,
        )
    stack = DagsterStack(port, log, process)
    try:
        _wait_until_ready(stack)
        yield stack
    finally:
        process.communicate()


def _set_pools(folder: Path, url: str) -> None:
    """One import per entity and one build at a time; a default limit would not apply to the first in a queue."""
    ref = InstanceRef.from_dir(str(folder), overrides={"storage": {"postgres": {"postgres_url": url}}})
    with dg.DagsterInstance.from_ref(ref) as instance:
        for name in (POOL, *(pool(entity) for entity in ENTITIES)):
            instance.event_log_storage.set_concurrency_slots(name, 1)


def _wait_until_ready(stack: DagsterStack) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(stack.url):
        stack.check()
        if time.monotonic() > deadline:
            raise WisepartsError(f"Dagster did not start within {START_SECONDS} s; {stack.log} says why.")
        time.sleep(0.5)


def _ask(url: str, query: str) -> dict[str, Any] | None:
    """What Dagster's web server answers; None if it does not."""
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
            return data
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def _is_ready(url: str) -> bool:
    data = _ask(url, _READY)
    if data is None:
        return False
    daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
    return data["workspaceOrError"]["__typename"] == "Workspace" and all(
        daemon["healthy"] for daemon in daemons if daemon["required"]
    )
