"""Requests that schemathesis makes of docs/openapi.json: each is answered as it says, with and without a key.

It runs as a program: its plugin for pytest would be loaded by every process that runs tests.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.running import Running
from wiseparts_pipeline.home import PROJECT

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Those of what is written in the description, those at its limits, and others: how many of these for each address.
ALL = ("--phases", "examples,coverage,fuzzing", "--max-examples", "3")
OTHERS = ("--phases", "fuzzing", "--max-examples", "2")


@pytest.mark.parametrize(("has_key", "requests"), [(True, ALL), (False, OTHERS)])
def test_every_answer_is_as_described(
    shared_service: Running, tmp_path: Path, has_key: bool, requests: tuple[str, ...]
) -> None:
    """What is right is answered, what is wrong refused, and nothing is a fault."""
    key = shared_service.key if has_key else "wp_unknown"
    done = subprocess.run(
        [
            *(
                SCHEMATHESIS,
                "--config-file",
                Path(__file__).with_name("schemathesis.toml"),
                "run",
                PROJECT / "docs" / "openapi.json",
                "--url",
                shared_service.url,
            ),
            *("--header", f"Authorization: Bearer {key}", "--checks", "all", "--generation-deterministic", *requests),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
