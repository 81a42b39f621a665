"""`wiseparts exports`: the records that go to another system, and what became of each."""

from typing import Annotated

import typer

from wiseparts_pipeline.cli.exports import as_json as row_as_json
from wiseparts_pipeline.cli.exports import print_exports, print_standings, standing_as_json
from wiseparts_pipeline.cli.output import out, print_json
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.connection import current_time

_ROWS_ON_SCREEN = 50
_EVERYTHING = 2**31


def exports(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this exporter's records.")] = None,
    status: Annotated[
        list[Status] | None, typer.Option(metavar="STATUS", help="Only these: " + ", ".join(Status) + ".")
    ] = None,
    record: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Only these records: order_id or customer_id.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"The number of records; default {_ROWS_ON_SCREEN}, with --json all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows of the export log as JSON.")] = False,
) -> None:
    """Show the export log, the record that was noted last first: where each is, and why it is not delivered.

    Above it, how many records of each exporter there are, by status.
    """
    configuration = configuration_at_rest()
    chosen = [configuration.exporter(name)] if name else list(configuration.exporters.values())
    limit = limit or (_EVERYTHING if as_json else _ROWS_ON_SCREEN)
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        standings = log.standings(connection, chosen, current_time(connection))
        found = log.latest(connection, exporter=name, statuses=status or (), keys=record or (), limit=limit)
    if as_json:
        counts = {each: standing_as_json(standing) for each, standing in standings.items()}
        print_json({"exporters": counts, "exports": [row_as_json(each) for each in found]})
        return
    if standings:
        print_standings(standings)
    if found:
        print_exports(found)
        if len(found) == limit:
            out.print(f"The latest {limit} records; --limit N shows more.")
    elif not standings:
        out.print("There is no exporter: see docs/exports.md.")
    else:
        out.print("No such record was noted." if status or record else "No record was noted yet.")
