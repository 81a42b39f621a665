"""`wiseparts dev`; tests/orchestration/test_end_to_end.py has it running."""

import socket
from pathlib import Path

from tests.installation import Installation


def test_reports_that_its_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = Installation(tmp_path).run("dev", "--port", port)

    assert done.status == 2
    assert done.err.startswith(f"Port {port} cannot be used for Dagster's UI")
