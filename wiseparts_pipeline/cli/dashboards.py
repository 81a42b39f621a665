"""The server of the dashboards, for as long as a command runs."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.home import home
from wiseparts_pipeline.orchestration.runtime import guard
from wiseparts_pipeline.warehouse import Role, Warehouse
from wiseparts_pipeline.warehouse.roles import VARIABLES

WORKERS, THREADS = 2, 4
START_SECONDS = 120
# The packages of the optional dependencies, by which they are recognised.
_PACKAGES = ("gunicorn", "vizro")


def are_installed() -> bool:
    """Whether the optional packages of the dashboards are there; they are not loaded."""
    return all(find_spec(package) for package in _PACKAGES)


@dataclass
class Dashboards:
    """A running server; its output goes to `log`, or to that of this process."""

    host: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path | None

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


@contextmanager
def running_dashboards(warehouse: Warehouse, host: str, port: int, log: Path | None = None) -> Iterator[Dashboards]:
    """The server on this warehouse, ready for use; nothing of it is left running, even if this process is killed.

    Raises WisepartsError if it does not start.
    """
    with ExitStack() as files:
        output = files.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(
            [sys.executable, guard.__file__, *_command(host, port)],
            env=_environment(warehouse),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            # Ctrl-C must only reach us, so that we can shut it down properly.
            start_new_session=True,
        )
    dashboards = Dashboards(host, port, process, log)
    try:
        _wait_until_ready(dashboards)
        yield dashboards
    finally:
        process.communicate()


def _environment(warehouse: Warehouse) -> dict[str, str]:
    """Ours, with the login of the analyst in the place of all others, where it has one."""
    others = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    analyst = warehouse.logins.get(Role.ANALYST)
    logins = {VARIABLES[Role.ANALYST]: analyst} if analyst else warehouse.environment()
    return others | {"WISEPARTS_HOME": str(home())} | logins


def _command(host: str, port: int) -> list[str]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(sys.executable, "-m", "gunicorn", "wiseparts_pipeline.dashboards.app:server", "--bind", address),
        # The application is loaded once, and its memory shared by the workers.
        *("--preload", "--workers", str(WORKERS), "--threads", str(THREADS)),
        *("--no-control-socket", "--log-level", "warning", "--graceful-timeout", "5"),
    ]


def _wait_until_ready(dashboards: Dashboards) -> None:
    deadline = time.monotonic() + START_SECONDS
    why = f"; {dashboards.log} says why" if dashboards.log else ""
    while not dashboards.is_ready():
        if dashboards.has_ended():
            raise WisepartsError(f"The dashboards have ended{why}.")
        if time.monotonic() > deadline:
            raise WisepartsError(f"The dashboards did not start within {START_SECONDS} s{why}.")
        time.sleep(0.2)
