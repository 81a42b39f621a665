"""The HTTP service of look-ups."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from wiseparts_pipeline.cli.servers.running import Server, running_server, url_of
from wiseparts_pipeline.home import defs_folder, home
from wiseparts_pipeline.warehouse import Warehouse

# The packages of the optional dependencies, by which they are recognised.
_PACKAGES = ("fastapi", "fastapi_offline", "prometheus_client", "uvicorn")


def is_installed() -> bool:
    """Whether the optional packages of the service are there; they are not loaded."""
    return all(find_spec(package) for package in _PACKAGES)


@contextmanager
def running_service(warehouse: Warehouse, host: str, port: int, log: Path) -> Iterator[Server]:
    """The service on this warehouse. Raises WisepartsError if it does not start."""
    places = {"WISEPARTS_HOME": str(home()), "WISEPARTS_DEFS": str(defs_folder())}
    command = [sys.executable, "-m", "wiseparts_pipeline.cli.main", "serve", "api", "--host", host, "--port", str(port)]
    environment = os.environ | places | warehouse.environment()
    with running_server("look-ups", command, environment, url_of(host, port), "/healthz", log) as server:
        yield server
