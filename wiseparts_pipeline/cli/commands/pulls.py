"""`wiseparts pulls`: what was taken from the connected systems, and what became of it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import out, print_json, print_report, printable
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.pulling import log
from wiseparts_pipeline.pulling.log import PullRow
from wiseparts_pipeline.warehouse import Role, Warehouse

_ROWS_ON_SCREEN = 50


def pulls(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this pull.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"The number of pulls; default {_ROWS_ON_SCREEN}, with --json all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows of the log of pulls as JSON.")] = False,
) -> None:
    """Show the log of pulls, the latest first: what was asked for, what came, and what became of it."""
    configuration = configuration_at_rest()
    chosen = [configuration.pull(name).name] if name else list(configuration.pulls)
    if limit is None and not as_json:
        limit = _ROWS_ON_SCREEN
    with Warehouse.open(role=Role.IMPORTER) as warehouse, warehouse.connect(autocommit=True) as connection:
        log.settle(connection, chosen)
        rows = log.latest(connection, name, limit)
    if as_json:
        print_json({"pulls": [asdict(row) for row in rows]})
    elif rows:
        print_pulls(rows)
        if len(rows) == limit:
            out.print(f"The latest {limit} pulls; --limit N shows more.")
    else:
        out.print(
            "Nothing has been pulled yet." if configuration.pulls else "There is no pull: see docs/connections.md."
        )


def print_pulls(rows: Sequence[PullRow]) -> None:
    """A table of pulls, and below it why some failed."""
    print_report(
        [
            {
                "pull": row.pull,
                "what": f"changes since {row.since:%Y-%m-%d %H:%M:%S}" if row.since else str(row.kind),
                "status": str(row.status),
                "requests": row.requests,
                "records": row.records,
                "seconds": row.seconds,
                "file_id": row.file_id,
                "started_at": row.started_at,
                "error": printable(row.error or ""),
            }
            for row in rows
        ],
        title="Pulls",
    )
