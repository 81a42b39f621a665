"""Where the state of an installation lies, and where its configuration and dbt project are."""

import os
from pathlib import Path

PACKAGE = Path(__file__).parent
PROJECT = PACKAGE.parent
DBT_PROJECT = PROJECT / "dbt_project"


def home() -> Path:
    """The state folder, made when it is not there: `WISEPARTS_HOME`, or `.wiseparts` in the project root."""
    folder = Path(os.environ.get("WISEPARTS_HOME") or PROJECT / ".wiseparts").expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def defs_folder() -> Path:
    """The folder of `defs.yaml` files: `WISEPARTS_DEFS`, or the packaged configuration."""
    return Path(os.environ.get("WISEPARTS_DEFS") or PACKAGE / "defs").expanduser().resolve()
