"""The demo with Dagster running, as `make dev` has it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.orchestration.runtime.stack import running_dagster
from wiseparts_pipeline.warehouse import Warehouse

console = Console()


@dataclass(frozen=True)
class Demo:
    """`root`: the folder of the server's files; `home`: the state folder."""

    home: Path
    root: Path
    configuration: Configuration
    warehouse: Warehouse
    environment: dict[str, str]

    @contextmanager
    def running_dagster(self) -> Iterator[None]:
        console.print("Starting Dagster ...")
        with running_dagster(self.warehouse, free_port(), self.environment):
            os.environ["DAGSTER_HOME"] = str(self.home / "dagster")
            os.environ["WISEPARTS_DAGSTER_URL"] = self.warehouse.dagster_url()
            yield


@contextmanager
def demo(prepare: Callable[[], list[str]] = list) -> Iterator[Demo]:
    """The demo in a folder of its own, built as of today, with its servers running.

    `prepare`: what is done with the demo's data before; returns options of `wiseparts build`.
    """
    with TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        os.environ["WISEPARTS_HOME"] = str(home)
        console.print("Preparing the demo ...")
        _wiseparts("demo", "--json")
        # The demo builds as of its last day, and the automatic builds only what a file changes as of today.
        _wiseparts("build", *prepare())
        with running_sources() as (configuration, server), Warehouse.open() as warehouse:
            assert server is not None
            yield Demo(home, server.root, configuration, warehouse, server.environment())


def _wiseparts(*arguments: str) -> None:
    command = Path(sys.executable).with_name("wiseparts")
    subprocess.run([command, *arguments], check=True, capture_output=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
