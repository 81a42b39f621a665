"""Runs dbt on a warehouse, as the pipeline does: in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

AS_OF = "2025-03-01"
# dbt parses the project anew, which takes longer than most builds of a test, when a variable of the environment that
# the profile names has changed, unless its name says that it is a secret.
_DATABASE = "DBT_ENV_SECRET_DATABASE"
LINEAGE = {"_source": "erp", "_file_id": 1, "_row_number": 1}


def folder(target: Path, **variables: Any) -> Path:
    """Where dbt keeps, below `target`, what it has parsed with these variables, and what it made of it."""
    return target / sha256(json.dumps({"as_of": AS_OF} | variables, sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Dbt:
    """dbt for a warehouse; `target` keeps what it has parsed from one run to the next.

    `clock`: the command that runs it at another time than now.
    """

    warehouse: Warehouse
    target: Path
    clock: tuple[str, ...] = ()

    def __call__(self, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        """Run `dbt *arguments` as of a fixed day, unless `variables` say another, and give back how it ended."""
        chosen = {"as_of": AS_OF} | variables
        target = folder(self.target, **variables)
        target.mkdir(parents=True, exist_ok=True)
        profile = (DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8")
        (target / "profiles.yml").write_text(profile.replace("WISEPARTS_PG_DBNAME", _DATABASE), encoding="utf-8")
        connection = self.warehouse.dbt_environment()
        return subprocess.run(
            [
                *self.clock,
                Path(sys.executable).with_name("dbt"),
                "--no-use-colors",
                *arguments,
                "--vars",
                json.dumps(chosen),
            ],
            env={
                **os.environ,
                **connection,
                _DATABASE: connection["WISEPARTS_PG_DBNAME"],
                "DBT_PROJECT_DIR": str(DBT_PROJECT),
                "DBT_PROFILES_DIR": str(target),
                "DBT_LOG_PATH": str(target),
                "DBT_TARGET_PATH": str(target),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self, *arguments: str, **variables: Any) -> None:
        """Run `dbt build`, with its tests; AssertionError: it failed, with what it said."""
        result = self("build", *arguments, **variables)
        assert result.returncode == 0, result.stdout + result.stderr


def insert(connection: Connection[Any], entity: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows into raw.<entity> as if imported."""
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
