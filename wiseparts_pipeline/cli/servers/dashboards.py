"""The server of the dashboards."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from wiseparts_pipeline.cli.servers.running import Server, running_server, url_of
from wiseparts_pipeline.home import home
from wiseparts_pipeline.warehouse import Role, Warehouse
from wiseparts_pipeline.warehouse.roles import VARIABLES

WORKERS, THREADS = 2, 4
# The packages of the optional dependencies, by which they are recognised.
_PACKAGES = ("gunicorn", "vizro")


def are_installed() -> bool:
    """Whether the optional packages of the dashboards are there; they are not loaded."""
    return all(find_spec(package) for package in _PACKAGES)


@contextmanager
def running_dashboards(warehouse: Warehouse, host: str, port: int, log: Path | None = None) -> Iterator[Server]:
    """The dashboards on this warehouse. Raises WisepartsError if they do not start."""
    with running_server(
        "the dashboards", _command(host, port), _environment(warehouse), url_of(host, port), "/health", log
    ) as server:
        yield server


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
