"""A wheel installed into an environment of its own, and commands run there as a user without a checkout runs them."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from tests.installation import OWN_VARIABLES, Finished
from wiseparts_pipeline.home import PROJECT

UV = Path(sys.executable).with_name("uv")
_OURS = (*OWN_VARIABLES, "PYTHONPATH", "VIRTUAL_ENV", "XDG_", "DAGSTER_", "DBT_")


def copy_of_the_checkout(folder: Path) -> Path:
    """Without what git ignores, so that building writes nothing into the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return folder


def build(source: Path, target: Path, *options: str) -> None:
    """Builds with the setuptools that is installed, without looking for another."""
    _run(
        [
            UV,
            "build",
            "--quiet",
            "--no-build-isolation",
            "--python",
            sys.executable,
            "--out-dir",
            target,
            *options,
            source,
        ]
    )


@dataclass(frozen=True)
class InstalledWheel:
    """An environment and a home directory in a folder.

    The wheel's dependencies are those of the environment that runs the tests; the editable install there is not seen,
    because a path that a .pth file names is not searched for .pth files.
    """

    folder: Path

    @classmethod
    def install(cls, wheel: Path, folder: Path) -> "InstalledWheel":
        installed = cls(folder)
        _run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"])
        _run([UV, "pip", "install", "--quiet", "--no-deps", "--python", installed.python, wheel])
        (installed.site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
        (folder / "home").mkdir()
        return installed

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return next((self.folder / "venv" / "lib").glob("python*")) / "site-packages"

    @property
    def package(self) -> Path:
        return self.site_packages / "wiseparts_pipeline"

    @property
    def state(self) -> Path:
        """The state folder of commands outside of a project."""
        return self.folder / "home" / ".local" / "state" / "wiseparts"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        path = os.pathsep.join([str(self.folder / "venv" / "bin"), inherited["PATH"]])
        return inherited | {"HOME": str(self.folder / "home"), "PATH": path}

    def run(self, *command: object, cwd: Path, **variables: str) -> Finished:
        done = subprocess.run(
            list(map(str, command)),
            cwd=cwd,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=550,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)

    def files(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file of the package, apart from what Python compiles."""
        paths = (path for path in self.package.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def _run(command: list[object]) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
