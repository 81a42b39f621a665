"""Runs dbt on a warehouse in a separate process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from psycopg import Connection, sql

from tests import forking
from tests.measuring import unmeasured_environment
from wiseparts_pipeline.dbt.runner import parse, use_database
from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

AS_OF = "2025-03-01"
LINEAGE = {"_source": "erp", "_file_id": 1, "_row_number": 1}


def folder(target: Path, **variables: Any) -> Path:
    """The folder below `target` for the artifacts of dbt with these variables."""
    return target / sha256(json.dumps({"as_of": AS_OF} | variables, sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Dbt:
    """dbt for a warehouse; `target` keeps the parsed project from one run to the next.

    `clock`: the command that runs it at another time than now.
    """

    warehouse: Warehouse
    target: Path
    clock: tuple[str, ...] = ()

    def __call__(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run `dbt *arguments` with a fixed as-of date, unless `variables` have one; return the finished process."""
        chosen = {"as_of": AS_OF} | variables
        target = folder(self.target, **variables)
        target.mkdir(parents=True, exist_ok=True)
        command = ["--no-use-colors", *arguments, "--vars", json.dumps(chosen)]
        environment = {
            **os.environ,
            **self.warehouse.dbt_environment(),
            "WISEPARTS_HOME": str(self.target),
            "DBT_PROJECT_DIR": str(DBT_PROJECT),
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_LOG_PATH": str(target),
            "DBT_TARGET_PATH": str(target),
        }
        if self.clock:
            command = [*self.clock, sys.executable, "-m", __name__, *command]
            unmeasured = unmeasured_environment(environment)
            return subprocess.run(command, env=unmeasured, capture_output=True, text=True, check=False)
        done = forking.run(f"{__name__}:dbt", command, environment, Path.cwd())
        return subprocess.CompletedProcess(command, done.status, done.out, done.err)

    def build(self, *arguments: str, unit_tests: bool = False, **variables: Any) -> None:
        """Run `dbt build`, including data tests. AssertionError, with its output: it failed.

        `unit_tests`: also those, which have rows of their own and need running once only.
        """
        without = () if unit_tests else ("--exclude-resource-type", "unit_test")
        result = self("--no-write-json", "build", *arguments, *without, **variables)
        assert result.returncode == 0, result.stdout + result.stderr


def insert(connection: Connection[Any], entity: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows into raw.<entity> as an import would."""
    for row in rows:
        values = LINEAGE | dict(row)
        connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier("raw", entity),
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(sql.Placeholder() * len(values)),
            ),
            list(values.values()),
        )


def dbt() -> None:
    """`dbt` with the command line's arguments, on a project that is parsed once for all databases and workers.

    Variables are read when a model is compiled, apart from `feeds`.
    """
    connection = {name: value for name, value in os.environ.items() if name.startswith("WISEPARTS_PG_")}
    manifest = _parsed()
    os.environ.update(connection)
    use_database(manifest, connection["WISEPARTS_PG_DBNAME"])
    sys.exit(0 if dbtRunner(manifest).invoke(sys.argv[1:]).success else 1)


def _parsed() -> Manifest:
    """The parsed project, from the process that this one was forked from if that has it."""
    if forked := sys.modules.get("tests.dbt.parsed"):
        project: Manifest = forked.PROJECT
        return project
    return parse()


if __name__ == "__main__":
    dbt()
