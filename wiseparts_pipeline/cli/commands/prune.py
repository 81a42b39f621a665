"""`wiseparts prune`: deletes what has served its purpose."""

from dataclasses import asdict
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import out, print_json, print_report
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.retention.prune import prune as prune_all
from wiseparts_pipeline.warehouse import Warehouse


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only, and delete nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Delete what is older than the component `Retention` says: contents of rejected rows, sent e-mails, logs ...

    Dagster does it every night, and also deletes its own old runs. No row, count or report changes.
    """
    with running_sources() as (configuration, _), Warehouse.open() as warehouse:
        pruned = list(prune_all(warehouse, configuration, dry_run=dry_run))
    if as_json:
        print_json({"dry_run": dry_run, "pruned": [asdict(each) for each in pruned]})
        return
    print_report([{"what": each.name, "from before": each.before, "count": each.count} for each in pruned])
    if dry_run:
        out.print("Nothing was deleted.")
