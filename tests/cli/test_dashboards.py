"""`wiseparts dashboards`."""

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from tests.development import free_port
from tests.installation import WISEPARTS, Installation
from tests.waiting import eventually

PACKAGES = ("vizro", "dash", "plotly")
LOADED = "import sys, {module}; print([name for name in {packages} if name in sys.modules])"
WITHOUT = """
import importlib.util
import sys

importlib.util.find_spec = lambda name: None
sys.argv = ["wiseparts", "dashboards"]
from wiseparts_pipeline.cli.main import main

main()
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_refuses_to_show_everything_to_others(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("dashboards", "--host", "0.0.0.0")

    assert done.status == 2
    assert "WISEPARTS_DASHBOARDS_USER_HEADER" in done.err


def test_without_the_optional_packages_it_says_how_to_install_them() -> None:
    done = python(WITHOUT)

    assert done.returncode == 1
    assert "pip install 'wiseparts-pipeline[dashboards]'" in done.stderr


def test_other_commands_do_not_load_them() -> None:
    modules = ", ".join(f"wiseparts_pipeline.cli.commands.{name}" for name in ("import_", "demo", "dev", "build"))

    assert python(LOADED.format(module=modules, packages=PACKAGES)).stdout.strip() == "[]"


def test_serves_pages_until_stopped_and_leaves_nothing_running(tmp_path: Path) -> None:
    installation, port = Installation(tmp_path), free_port()
    process = subprocess.Popen(
        [WISEPARTS, "dashboards", "--port", str(port)],
        env=installation.environment | {"WISEPARTS_DEFS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(f"http://127.0.0.1:{port}" in line for line in lines)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            policy = answer.headers["Content-Security-Policy"]
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    finally:
        process.kill()
        process.communicate()

    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    servers = [child for child in children if child.is_running() and "gunicorn" in " ".join(child.cmdline())]
    eventually(lambda: not any(server.is_running() for server in servers), 30)
