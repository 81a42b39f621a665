"""A server over HTTP, for as long as a command runs."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.orchestration.runtime import guard

START_SECONDS = 120


@dataclass
class Server:
    """A running server; its output goes to `log`, or to that of this process.

    `name`: what it serves, such as "the dashboards"; `health`: the path that is answered once it is ready.
    """

    name: str
    url: str
    health: str
    process: subprocess.Popen[bytes]
    log: Path | None

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}{self.health}", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def url_of(host: str, port: int) -> str:
    """Where a server at this address is asked."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def running_server(
    name: str, command: Sequence[str], environment: Mapping[str, str], url: str, health: str, log: Path | None
) -> Iterator[Server]:
    """The server that a command starts, ready for use; nothing of it is left running, even if this process is killed.

    Raises WisepartsError if it does not start.
    """
    with ExitStack() as files:
        output = files.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(
            [sys.executable, guard.__file__, *command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            # Ctrl-C must only reach us, so that we can shut it down properly.
            start_new_session=True,
        )
    server = Server(name, url, health, process, log)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.communicate()


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    why = f"; {server.log} says why" if server.log else ""
    while not server.is_ready():
        if server.has_ended():
            raise WisepartsError(f"The server of {server.name} has ended{why}.")
        if time.monotonic() > deadline:
            raise WisepartsError(f"The server of {server.name} did not start within {START_SECONDS} s{why}.")
        time.sleep(0.2)
