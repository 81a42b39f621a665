"""What `wiseparts` does without a command, and that each command starts."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.installation import WISEPARTS, Installation
from tests.measuring import unmeasured_environment
from wiseparts_pipeline.cli.main import COMMANDS


def test_prints_its_version(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("--version")

    assert (done.status, done.out) == (0, f"wiseparts {version('wiseparts-pipeline')}\n")


def test_lists_the_commands(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("--help")

    assert done.status == 0
    assert {"init", "demo", "import", "build"} <= {line.split()[0] for line in done.out.splitlines() if line.strip()}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_starts_by_itself_in_a_new_process(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [WISEPARTS, command, "--help"],
        cwd=tmp_path,
        env=unmeasured_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert f"wiseparts {command}" in done.stdout
