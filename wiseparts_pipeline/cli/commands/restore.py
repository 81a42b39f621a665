"""`wiseparts restore`: an installation from its backup."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline import backups
from wiseparts_pipeline.cli.output import complain, err, out, print_json
from wiseparts_pipeline.home import home
from wiseparts_pipeline.warehouse import DATABASE_URL, Warehouse


def restore(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file that `backup` has written.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was in it as JSON.")] = False,
) -> None:
    """Restore a backup into an empty state folder and database, and check that every table has all of its rows.

    Set WISEPARTS_HOME to a new folder; with WISEPARTS_DATABASE_URL the backup moves to that server.
    """
    with Warehouse.open() as warehouse, err.status("Restoring") as status:
        contents = backups.restore(warehouse, home(), path.absolute(), status.update)
        # The embedded database gives its roles their rights by itself.
        has_rights = DATABASE_URL not in os.environ or backups.renew_rights(warehouse)
    if not has_rights:
        complain(
            "The logins of the roles may not use what was restored yet: run `wiseparts roles` once, with"
            f" {DATABASE_URL} of an administrator."
        )
    if as_json:
        print_json({"path": str(path), "roles_have_rights": has_rights, **asdict(contents)})
        return
    out.print(
        f"Restored the backup of {contents.created_at:.19}: {sum(contents.rows.values()):,} rows of"
        f" {len(contents.rows)} tables, which have been counted again, and {contents.files:,} files.",
        soft_wrap=True,
    )
