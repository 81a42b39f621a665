"""`wiseparts log`: the files so far, and their outcome."""

from dataclasses import asdict
from typing import Annotated

import typer

from wiseparts_pipeline.cli.files import print_files
from wiseparts_pipeline.cli.output import out, print_json
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.warehouse import Warehouse

_FILES_ON_SCREEN = 50


def log(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this importer's files.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"The number of files; default {_FILES_ON_SCREEN}, with --json all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows of the import log as JSON.")] = False,
) -> None:
    """Show the import log, the latest file first."""
    if limit is None and not as_json:
        limit = _FILES_ON_SCREEN
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        files = ledger.latest(connection, name, limit)
    if name and not files:
        # Raises an error for an unknown importer.
        configuration_at_rest().importer(name)
    if as_json:
        print_json({"files": [asdict(file) for file in files]})
    elif files:
        print_files(files)
        if len(files) == limit:
            out.print(f"The latest {limit} files; --limit N shows more.")
    else:
        out.print(f"{name} has not imported a file yet." if name else "No file has been imported yet.")
