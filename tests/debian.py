"""Servers of Debian packages that some tests need; `.ci/run` installs them."""

import os
from pathlib import Path

import pytest


def need(program: Path, package: str) -> None:
    """Skips a test where the program is not installed, and fails it where everything has to be there."""
    if program.exists():
        return
    reason = f"needs {program}: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
