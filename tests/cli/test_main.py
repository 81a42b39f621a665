"""What `wiseparts` does without a command."""

from importlib.metadata import version
from pathlib import Path

from tests.installation import Installation


def test_prints_its_version(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("--version")

    assert (done.status, done.out) == (0, f"wiseparts {version('wiseparts-pipeline')}\n")


def test_lists_the_commands(tmp_path: Path) -> None:
    done = Installation(tmp_path).run("--help")

    assert done.status == 0
    assert {"init", "demo", "import", "build"} <= {line.split()[0] for line in done.out.splitlines() if line.strip()}
