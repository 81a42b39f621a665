"""`wiseparts backup`: a whole installation in one file."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline import backups
from wiseparts_pipeline.cli.output import err, out, print_json
from wiseparts_pipeline.home import home
from wiseparts_pipeline.warehouse import Warehouse


def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write; it must not exist yet.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what is in it as JSON.")] = False,
) -> None:
    """Back up the database, and the files and keys of the embedded SFTP server, while all but builds goes on.

    The file contains all data and the server's private keys: only its owner can read it.
    """
    with Warehouse.open() as warehouse, err.status("Backing up") as status:
        contents = backups.backup(warehouse, home(), path.absolute(), status.update)
    if as_json:
        print_json({"path": str(path), **asdict(contents)})
        return
    out.print(
        f"{path}: {sum(contents.rows.values()):,} rows of {len(contents.rows)} tables, {contents.files:,} files,"
        f" {path.stat().st_size / 1e6:,.1f} MB.",
        soft_wrap=True,
    )
