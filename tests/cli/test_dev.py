"""`wiseparts dev`."""

import shlex
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import WISEPARTS, Installation
from tests.waiting import eventually

START_SECONDS = 240


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def dev(port: int, dbt_target: Path) -> Iterator[tuple[Installation, subprocess.Popen[bytes], Path]]:
    """The command, once it has reported that it is ready, and the file with its output."""
    # Not in pytest's folder, which another pytest closes to the embedded database's user.
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), {"WISEPARTS_DEFS": ""})
        installation.share_parsed(dbt_target)
        output_file = installation.folder / "output"
        with output_file.open("wb") as output:
            command = [str(WISEPARTS), "dev", "--port", str(port), "--sftp-port", "0"]
            process = subprocess.Popen(command, env=installation.environment, stdout=output, stderr=output)
        try:
            eventually(lambda: "Stop with" in output_file.read_text() or process.poll() is not None, START_SECONDS)
            yield installation, process, output_file
        finally:
            process.kill()
            process.wait()


def test_serves_the_ui_and_imports_files_until_it_is_stopped(
    dev: tuple[Installation, subprocess.Popen[bytes], Path], port: int
) -> None:
    installation, process, output_file = dev
    lines = dict(line.split("  ", 1) for line in output_file.read_text().splitlines() if "  " in line)

    with urllib.request.urlopen(lines["Dagster's UI"].strip()) as page:
        assert page.status == 200
    sftp = shlex.split(lines["Drop files with"])
    listing = subprocess.run([sftp[0], "-b", "-", *sftp[1:]], input=b"ls -1\n", capture_output=True, check=True)
    assert "Customers" in listing.stdout.decode().split()

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 0
    assert output_file.read_text().endswith("Stopped\n")
    eventually(lambda: not installation.processes)


def test_reports_that_its_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = Installation(tmp_path).run("dev", "--port", port)

    assert done.status == 2
    assert done.err.startswith(f"Port {port} cannot be used for Dagster's UI")
