"""Where the project's files are, in a checkout or installed, and where an installation keeps its state."""

import os
import stat
from pathlib import Path

from platformdirs import user_state_path

PACKAGE = Path(__file__).parent
# A wheel carries what a checkout has at its top level (see setup.py). Nothing is ever written there.
INSTALLED = (PACKAGE / "project").is_dir()
PROJECT = PACKAGE / "project" if INSTALLED else PACKAGE.parent
DBT_PROJECT = PROJECT / "dbt_project"
# What the state folder consists of.
_OURS = {"alerts", "dagster", "dashboards", "dbt", "downloads", "logs", "postgres", "pulls", "sftp"}


def home() -> Path:
    """The state folder, created if it does not exist.

    `WISEPARTS_HOME`; without it `.wiseparts` in the checkout or, when installed, the platform's user state folder.
    """
    default = user_state_path("wiseparts", appauthor=False) if INSTALLED else PROJECT / ".wiseparts"
    return closed(Path(os.environ.get("WISEPARTS_HOME") or default).expanduser().resolve())


def closed(folder: Path) -> Path:
    """A state folder, created if it does not exist, which only its user can enter if it has nothing else in it."""
    if not folder.exists():
        return private(folder)
    # A folder that has other things in it as well is someone's choice; what we put into it is private all the same.
    if folder.stat().st_mode & 0o077 and {path.name for path in folder.iterdir()} <= _OURS:
        folder.chmod(0o700)
    return folder


def subfolder(name: str) -> Path:
    """A folder of the state folder, created if it does not exist."""
    return private(home() / name)


def private(folder: Path) -> Path:
    """The folder, created if it does not exist, which only its user can enter, whatever the umask."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def defs_folder() -> Path:
    """The folder of `defs.yaml` files: `WISEPARTS_DEFS`, or the packaged configuration."""
    return Path(os.environ.get("WISEPARTS_DEFS") or PACKAGE / "defs").expanduser().resolve()
