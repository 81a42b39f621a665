"""Systems that tests start, each installed once for all of them, outside the repository. No other module of the project

is needed here: they are installed before it is.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def folder(system: str, *files: Path) -> Path:
    """Where a system is, as these files say: which versions, and what is in it."""
    parent = os.environ.get("WISEPARTS_TEST_SYSTEMS") or Path.home() / ".cache" / "wiseparts-tests"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files)))
    return Path(parent) / f"{system}-{digest.hexdigest()[:12]}"


def is_complete(folder: Path) -> bool:
    """Whether the system was installed to the end."""
    return (folder / "complete").is_file()


@contextmanager
def installing(folder: Path) -> Iterator[None]:
    """The block installs the system; tests that need it wait until that has ended."""
    with alone(folder):
        yield
        mark_complete(folder)


def mark_complete(folder: Path) -> None:
    (folder / "complete").touch()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The block runs once no one else is installing this."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def python(folder: Path) -> Path:
    """The Python of a system's virtual environment."""
    return folder / "venv" / "bin" / "python"


def install_packages(folder: Path, requirements: Path) -> None:
    """Makes the folder anew, with a virtual environment that has these packages."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"==> {requirements.relative_to(Path.cwd())}, into {folder}", flush=True)
    venv.create(folder / "venv", with_pip=True)
    pip = [str(python(folder)), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "install", "--no-compile", "--requirement", str(requirements)], stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)


def node(folder: Path) -> Path:
    """The Node of a system that was installed with `install_node_packages`."""
    return folder / "venv" / "bin" / "node"


def install_node_packages(folder: Path, requirements: Path, project: Path) -> None:
    """Makes the folder anew, with a Node, as its requirements say, and what a project needs as its lock file says."""
    install_packages(folder, requirements)
    shutil.copytree(project, folder, dirs_exist_ok=True)
    npm = node(folder).with_name("npm")
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = os.pathsep.join((str(npm.parent), os.environ["PATH"]))
    subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True)


def need(folder: Path, command: str) -> None:
    """Skips a test where the system is not installed, and fails it where everything has to be there.

    Waits while it is being installed.
    """
    import pytest

    if is_complete(folder):
        return
    with alone(folder):
        if is_complete(folder):
            return
    reason = f"needs {folder.name}: {command}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
