"""`wiseparts download`: pictures and datasheets that products of a marketplace link to."""

from dataclasses import asdict
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import out, print_json, print_report
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.downloading.service import download as download_files
from wiseparts_pipeline.warehouse import Role, Warehouse

EXIT_NOT_FETCHED = 3


def download(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Pulls; without one, all.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many links of each pull are followed at most.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was refused or given up before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of the links as JSON.")] = False,
) -> None:
    """Download what products link to and is not there yet; it can be stopped, and goes on the next time.

    Exit status: 0 done · 3 with links that were refused or failed · 2 usage or configuration · 1 anything else.
    """
    with running_sources() as (configuration, _), Warehouse.open(role=Role.IMPORTER) as warehouse:
        done = download_files(warehouse, configuration, names or (), limit=limit, again=again)
    if as_json:
        print_json({"downloads": [asdict(each) for each in done]})
    elif done:
        print_report([asdict(each) for each in done], title="Downloads")
    else:
        out.print("No pull has `download`: see docs/downloads.md.")
    raise typer.Exit(EXIT_NOT_FETCHED if any(each.refused or each.failed for each in done) else 0)
