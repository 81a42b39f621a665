"""Runs dbt in this process: starting it in another one would take 3 s longer."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg

from wiseparts_pipeline.home import DBT_PROJECT, home


def run_dbt(
    arguments: Sequence[str],
    connection: Mapping[str, str],
    *,
    on_event: Callable[[EventMsg], None] | None = None,
    artifacts: Path | None = None,
) -> dbtRunnerResult:
    """Runs a command of dbt on the packaged project, which is only read; what dbt writes goes into the state folder.

    `connection`: the variables that the profile reads, see Warehouse.dbt_environment. `artifacts`: a folder for the
    files that describe the project, which are not written otherwise.
    """
    os.environ.update(connection)
    folder = home() / "dbt"
    return dbtRunner(callbacks=[on_event] if on_event else []).invoke(
        [
            *arguments,
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(artifacts or folder / "target"), "--log-path", str(folder / "logs")),
            *("--log-level", "none", "--log-level-file", "info", "--write-json" if artifacts else "--no-write-json"),
        ]
    )
