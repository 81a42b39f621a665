"""Where the project's files are, in a checkout or installed, and where an installation keeps its state."""

import os
from pathlib import Path

from platformdirs import user_state_path

PACKAGE = Path(__file__).parent
# A wheel carries what a checkout has at its top level (see setup.py). Nothing is ever written there.
INSTALLED = (PACKAGE / "project").is_dir()
PROJECT = PACKAGE / "project" if INSTALLED else PACKAGE.parent
DBT_PROJECT = PROJECT / "dbt_project"


def home() -> Path:
    """The state folder, created if it does not exist.

    `WISEPARTS_HOME`; without it `.wiseparts` in the checkout or, when installed, the platform's user state folder.
    """
    default = user_state_path("wiseparts", appauthor=False) if INSTALLED else PROJECT / ".wiseparts"
    folder = Path(os.environ.get("WISEPARTS_HOME") or default).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def defs_folder() -> Path:
    """The folder of `defs.yaml` files: `WISEPARTS_DEFS`, or the packaged configuration."""
    return Path(os.environ.get("WISEPARTS_DEFS") or PACKAGE / "defs").expanduser().resolve()
