"""What `wiseparts` does without a command, and that each command starts."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli import helping
from tests.installation import Finished, Installation
from tests.measuring import unmeasured_environment
from wiseparts_pipeline.cli.main import COMMANDS


def test_prints_its_version(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("--version")

    assert (done.status, done.out) == (0, f"wiseparts {version('wiseparts-pipeline')}\n")


def test_lists_the_commands(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("--help")

    assert done.status == 0
    assert {"init", "demo", "import", "build"} <= {line.split()[0] for line in done.out.splitlines() if line.strip()}


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finished]:
    """What each command does with `--help`, in a new process."""
    folder = tmp_path_factory.mktemp("helped")
    done = subprocess.run(
        [sys.executable, "-m", helping.__name__, folder, *COMMANDS],
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return {
        command: Finished(status, *((folder / f"{command}{suffix}").read_text() for suffix in (".out", ".err")))
        for command, status in json.loads(done.stdout).items()
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_starts_by_itself_in_a_new_process(command: str, helped: dict[str, Finished]) -> None:
    done = helped[command]

    assert (done.status, done.err) == (0, "")
    assert f"wiseparts {command}" in done.out
