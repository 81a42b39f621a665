"""`wiseparts dev`, running, and free ports for it."""

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import eventually

START_SECONDS = 240


@contextmanager
def running_dev(
    command: Sequence[str], output: Path, environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a command that ends in `wiseparts dev`, once that is ready; it prints to the file `output`."""
    with output.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=stream, stderr=stream, stdin=subprocess.DEVNULL
        )
    try:
        eventually(lambda: "Stop with" in output.read_text() or process.poll() is not None, START_SECONDS)
        assert process.poll() is None, output.read_text()
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
