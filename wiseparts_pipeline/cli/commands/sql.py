"""`wiseparts sql`: a query or psql, with the rights of the read-only analyst."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import chain, count
from typing import Annotated, Any

import psycopg
import typer

from wiseparts_pipeline.cli.output import err, out, print_json, print_rows
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.warehouse import Role, Warehouse
from wiseparts_pipeline.warehouse.embedded import binaries
from wiseparts_pipeline.warehouse.errors import describe_error

_ROWS_ON_SCREEN = 1_000
# The beginnings of names of variables.
_FOR_PSQL = (
    "COLUMNS",
    "EDITOR",
    "HOME",
    "LANG",
    "LC_",
    "LESS",
    "LINES",
    "LOGNAME",
    "PAGER",
    "PATH",
    "PSQL",
    "TERM",
    "TZ",
    "USER",
    "VISUAL",
)


def sql(
    query: Annotated[str | None, typer.Argument(help="One SQL statement; without it psql is started.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON, decimals as strings.")] = False,
) -> None:
    """Query the marts and the import log as the read-only analyst."""
    if query is None and as_json:
        raise typer.BadParameter("needs a query", param_hint="--json")
    with Warehouse.open(role=Role.ANALYST) as warehouse, warehouse.connect(read_only_analyst=True) as connection:
        if query is None:
            raise typer.Exit(_psql(connection.info))
        rows, is_all = _run(connection, query, None if as_json else _ROWS_ON_SCREEN)
    if as_json:
        print_json(rows)
        return
    print_rows(rows)
    out.print(f"{len(rows):,} rows" if len(rows) != 1 else "1 row")
    if not is_all:
        err.print(f"There are more rows: these are the first {len(rows):,}; --json prints all.")


def _run(connection: psycopg.Connection[Any], query: str, limit: int | None) -> tuple[list[dict[str, Any]], bool]:
    """The rows, up to the limit, and whether these are all."""
    with connection.cursor(row_factory=_by_column) as cursor:
        try:
            # Prepared, because that allows a single statement.
            cursor.execute(query.encode(), prepare=True)
            if cursor.description is None:
                raise WisepartsError("The statement returns no rows; this command only reads.")
            rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
            return rows, cursor.rownumber == cursor.rowcount
        except psycopg.errors.ReadOnlySqlTransaction:
            raise WisepartsError("This command only reads, and the statement would change the database.") from None
        except psycopg.Error as error:
            raise WisepartsError(describe_error(error)) from None


def _by_column(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """Rows by column; of columns with the same name, the second is called `name_2` and so on."""
    names: list[str] = []
    for column in cursor.description or ():
        others = (f"{column.name}_{number}" for number in count(2))
        names.append(next(name for name in chain([column.name], others) if name not in names))
    return lambda values: dict(zip(names, values, strict=True))


def _psql(info: psycopg.ConnectionInfo) -> int:
    """Run psql; the password is passed in the environment, where a list of processes does not show it.

    A script on standard input may come from someone else: it can run SQL, but none of psql's own commands, which read
    files, start programs and log in as others.
    """
    script = [] if sys.stdin.isatty() else [f"--command=\\restrict {secrets.token_hex(16)}", "--file=-"]
    # Of our own environment, which may have passwords, only what a terminal program needs.
    environment = {name: value for name, value in os.environ.items() if name.startswith(_FOR_PSQL)}
    environment |= {"PGPASSWORD": info.password} if info.password else {}
    # In psql, Ctrl-C cancels a query.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run([binaries() / "psql", *script, info.dsn], env=environment, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)
