"""`wiseparts pull`: takes records from the connected systems, and imports them."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated

import typer

from wiseparts_pipeline.cli.commands.import_ import exit_status, import_with_progress, log_row, report
from wiseparts_pipeline.cli.commands.pulls import print_pulls
from wiseparts_pipeline.cli.output import complain, out, print_json
from wiseparts_pipeline.cli.progress import pull_progress
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.importing.results import PENDING, ImportOptions, ImportResult
from wiseparts_pipeline.importing.service import in_dependency_order
from wiseparts_pipeline.pulling.log import PullRow
from wiseparts_pipeline.pulling.pull import Pull, PullOptions
from wiseparts_pipeline.pulling.service import Pulled, chosen_pulls, dry_run, run_pulls, settled, with_keys
from wiseparts_pipeline.warehouse import Role, Warehouse


def pull(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Pulls; without one, all.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Everything, which also finds what was deleted, instead of what has changed.")
    ] = False,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="Only the record with this key, and what other pulls have of it, such as the branches of a customer."
            " May be given several times.",
        ),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Ask, validate and report; change nothing here.")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Show the result only.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the rows of the log of pulls and of the import log as JSON.")
    ] = False,
) -> None:
    """Take from the connected systems what has changed since the last time, and import it.

    Entities that others refer to come first.

    Exit status: 0 done · 3 with rejected or waiting rows · 4 what was pulled was refused · 2 usage or configuration
    · 1 a system cannot be reached or used, and anything else.
    """
    if key and len(names or []) != 1:
        raise typer.BadParameter("needs the name of the one pull whose records have the key", param_hint="--key")
    if key and full:
        raise typer.BadParameter("takes everything, so it does not go with --key", param_hint="--full")
    with running_sources() as (configuration, _), Warehouse.open(role=Role.IMPORTER) as warehouse:
        if not configuration.pulls:
            raise ConfigurationError("There is no pull: see docs/connections.md.")
        options = PullOptions(full=full)
        if key:
            assert names
            pulls, asked = with_keys(configuration, names[0], key)
            options = replace(options, asked=asked)
        else:
            pulls = chosen_pulls(configuration, names or list(configuration.pulls))
        if dry:
            with dry_run(options) as options:
                pulled, imported = _pull(pulls, configuration, warehouse, options, quiet=no_progress)
        else:
            pulled, imported = _pull(pulls, configuration, warehouse, options, quiet=no_progress)
        rows = settled(warehouse, pulled)
    _report(rows, pulled, imported, dry=dry, as_json=as_json)
    raise typer.Exit(1 if pulled.problems else exit_status(imported))


def _pull(
    pulls: Sequence[Pull], configuration: Configuration, warehouse: Warehouse, options: PullOptions, *, quiet: bool
) -> tuple[Pulled, ImportResult]:
    with pull_progress(quiet=quiet) as progress:
        pulled = run_pulls(pulls, warehouse, options, progress)
    imported = ImportResult()
    for importer in in_dependency_order(configuration, pulled.files):
        asked = PENDING
        if options.into is not None:
            asked = ImportOptions(local=pulled.files[importer.name], dry_run=True)
        imported.add(import_with_progress([importer], warehouse, configuration, asked, quiet=quiet))
    return pulled, imported


def _report(rows: Sequence[PullRow], pulled: Pulled, imported: ImportResult, *, dry: bool, as_json: bool) -> None:
    if as_json:
        print_json({"pulls": [asdict(row) for row in rows], "files": [log_row(result) for result in imported.files]})
    else:
        if rows:
            print_pulls(rows)
        if imported.files:
            report(imported, dry)
        elif dry:
            out.print("This was a dry run: nothing was changed.")
    for problem in (*pulled.problems, *imported.problems):
        complain(str(problem))
