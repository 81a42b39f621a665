"""Runs dbt on the warehouse, one build at a time."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg

from wiseparts_pipeline.home import DBT_PROJECT, home
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.locks import only_one


def run_dbt(
    arguments: Sequence[str], tell: Callable[[EventMsg], None] | None = None, *, artifacts: Path | None = None
) -> dbtRunnerResult:
    """Runs dbt in this process, which a process of its own would take 3 s longer to start; `tell` hears its events.

    `artifacts`: a folder for the files that it writes about the project, which it does not otherwise.
    """
    folder = home() / "dbt"
    return dbtRunner(callbacks=[tell] if tell else []).invoke(
        [
            *arguments,
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(artifacts or folder / "target"), "--log-path", str(folder / "logs")),
            *("--log-level", "none", "--log-level-file", "info", "--write-json" if artifacts else "--no-write-json"),
        ]
    )


@contextmanager
def only_build_of(warehouse: Warehouse, tell: Callable[[str], object]) -> Iterator[None]:
    """dbt finds the warehouse, and no other build of it runs: two at a time would drop each other's tables."""
    with warehouse.connect(autocommit=True) as connection:
        blocked = "Another build of the marts is running: waiting until it has ended"
        with only_one(connection, "wiseparts.build", lambda: tell(blocked)):
            os.environ.update(warehouse.dbt_environment())
            yield
