"""Runs dbt in this process: starting it in another one would take 3 s longer."""

import fcntl
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

from wiseparts_pipeline.dbt.dashboards_url import VARIABLE, dashboards_url
from wiseparts_pipeline.dbt.internals import compile_macros, install
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.home import DBT_PROJECT, subfolder

# Parsing reads the profile and does not connect, but dbt would parse the whole project again for another server.
UNCONNECTED = {
    "WISEPARTS_PG_HOST": "localhost",
    "WISEPARTS_PG_PORT": "5432",
    "WISEPARTS_PG_USER": "postgres",
    "WISEPARTS_PG_DBNAME": "postgres",
}


install()


def run_dbt(
    arguments: Sequence[str],
    connection: Mapping[str, str],
    manifest: Manifest,
    *,
    variables: Mapping[str, Any] | None = None,
    on_event: Callable[[EventMsg], None] | None = None,
    artifacts: Path | None = None,
) -> dbtRunnerResult:
    """Runs a command of dbt on the packaged project, which is only read; what dbt writes goes into the state folder.

    `connection`: the variables that the profile reads, see Warehouse.dbt_environment. `variables`: take the place of
    the project's. `artifacts`: a folder for the files that describe the project, which are not written otherwise.
    """
    # dbt passes no settings of the session on; libpq takes them from here.
    os.environ.update(connection, PGOPTIONS=connection.get("WISEPARTS_PG_OPTIONS", ""))
    # A date or time from YAML is passed on as text.
    return _invoke([*arguments, "--vars", json.dumps(variables or {}, default=str)], manifest, on_event, artifacts)


def parse(variables: Mapping[str, Any] | None = None) -> Manifest:
    """The parsed project; what has not changed since it was parsed for the same values is taken from the state folder.

    It is for no database in particular, see use_database. Raises WisepartsError when dbt cannot parse it.
    """
    os.environ.update(UNCONNECTED | {VARIABLE: dashboards_url()})
    folder = subfolder("dbt")
    with (folder / "parse.lock").open("w") as lock:
        # Others would read and write the same files meanwhile.
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = _invoke(["parse", "--vars", json.dumps(variables or {}, default=str)])
    if not isinstance(result.result, Manifest):
        raise WisepartsError(f"dbt cannot parse its project: {result.exception}")
    return result.result


def warm_up(manifest: Manifest) -> None:
    """Have dbt make, without a connection, what it makes for itself when it is used for the first time in a process."""
    run_dbt(["list"], UNCONNECTED, manifest)
    compile_macros(manifest)


def use_database(manifest: Manifest, name: str) -> None:
    """Give what is parsed the name of the warehouse's database, which dbt takes from the profile when it parses."""
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        if node.relation_name:
            node.relation_name = node.relation_name.replace(f'"{node.database}".', f'"{name}".', 1)
        node.database = name


def _invoke(
    arguments: Sequence[str],
    manifest: Manifest | None = None,
    on_event: Callable[[EventMsg], None] | None = None,
    artifacts: Path | None = None,
) -> dbtRunnerResult:
    folder = subfolder("dbt")
    return dbtRunner(manifest, callbacks=[on_event] if on_event else []).invoke(
        [
            *arguments,
            *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
            *("--target-path", str(artifacts or folder / "target"), "--log-path", str(folder / "logs")),
            *("--log-level", "none", "--log-level-file", "info", "--write-json" if artifacts else "--no-write-json"),
        ]
    )
