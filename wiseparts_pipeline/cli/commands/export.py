"""`wiseparts export`: delivers what is due, or the records asked for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline.cli.exports import as_json as row_as_json
from wiseparts_pipeline.cli.exports import print_exports, report_delivered, standing_as_json
from wiseparts_pipeline.cli.output import complain, out, print_json, printable
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.content import write_to
from wiseparts_pipeline.exporting.delivery import Delivered
from wiseparts_pipeline.exporting.export import Status
from wiseparts_pipeline.exporting.requests import Request, carry_out, preview
from wiseparts_pipeline.notify.exports import report_exports
from wiseparts_pipeline.notify.wording import counted
from wiseparts_pipeline.warehouse import Role, Warehouse
from wiseparts_pipeline.warehouse.connection import current_time

EXIT_HELD = 3
EXIT_GIVEN_UP = 4
_NOT_SETTLED = (Status.WAITING, Status.HELD, Status.GIVEN_UP)
_ROWS_ON_SCREEN = 50
# Of each exporter; how many there are is among the counts.
_ROWS_AS_JSON = 1_000


def export(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Exporters; without one, all.")] = None,
    record: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="This record, whatever its time: an order_id or customer_id. May be given several times.",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also if it was delivered: under the same UUID, as the next version.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Also the records from before `start`, from this day."),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write the records' folders here instead, and change nothing."),
    ] = None,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Cancel what was not delivered of an exporter that there is no more.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help=f"Print what is not settled as JSON, {_ROWS_AS_JSON:,} records of each exporter at most."
        ),
    ] = False,
) -> None:
    """Deliver what is due now, also what would be tried again only later, or the given records.

    Exit status: 0 all is delivered · 3 something is held, or was not collected in time · 4 something was given up
    · 1 a server cannot be reached or used · 2 usage or configuration.
    """
    with running_sources() as (configuration, _), Warehouse.open(role=Role.IMPORTER) as warehouse:
        if cancel:
            _cancel(warehouse, configuration, names or [])
            return
        chosen = [configuration.exporter(name) for name in names or configuration.exporters]
        request = Request([each.name for each in chosen], record or [], again, since and since.date())
        if to is not None:
            _write(warehouse, chosen, request, to)
            return
        done = carry_out(warehouse, configuration, request)
        notices = report_exports(warehouse, configuration)
        with warehouse.connect() as connection:
            standings = log.standings(connection, chosen, current_time(connection))
            now = current_time(connection)
            unsettled = [
                each
                for exporter in chosen
                for each in log.unsettled(connection, exporter, now, keys=request.records, limit=_ROWS_AS_JSON)
            ]
    if as_json:
        counts = {name: standing_as_json(standing) for name, standing in standings.items()}
        print_json(
            {
                "delivered": done.count(Status.DELIVERED),
                "exporters": counts,
                "exports": [row_as_json(each) for each in unsettled],
                "notices": done.notices,
            }
        )
    else:
        report_delivered([done])
        if unsettled:
            print_exports(unsettled[:_ROWS_ON_SCREEN], title="Not settled")
        elif not done.count(Status.DELIVERED):
            out.print("Nothing is due.")
    for notice in notices:
        complain(notice)
    # Of the records asked for, or of all, more of which there may be than are printed.
    statuses = {each.status for each in unsettled}
    if not request.records:
        statuses |= {status for each in standings.values() for status in _NOT_SETTLED if each.count(status)}
        statuses |= {Status.DELIVERED for each in standings.values() if each.overdue}
    raise typer.Exit(_exit_status(done, statuses))


def _cancel(warehouse: Warehouse, configuration: Configuration, names: Sequence[str]) -> None:
    if len(names) != 1 or names[0] in configuration.exporters:
        raise typer.BadParameter("needs the one name that no exporter has any more", param_hint="--cancel")
    with warehouse.connect() as connection:
        count = log.cancel_without_exporter(connection, names[0])
    out.print(f"{counted(count, 'record', 'records')} of {printable(names[0])} cancelled.", soft_wrap=True)


def _exit_status(done: Delivered, statuses: Collection[Status]) -> int:
    """`statuses`: of what is not settled."""
    if Status.GIVEN_UP in statuses:
        return EXIT_GIVEN_UP
    if done.problems or Status.WAITING in statuses:
        return 1
    return EXIT_HELD if statuses else 0


def _write(warehouse: Warehouse, exporters: Sequence[ExporterSettings], request: Request, to: Path) -> None:
    """Writes the records' folders below `to`. Raises ConfigurationError for a record that was not noted."""
    if not request.records or request.again or request.since:
        raise typer.BadParameter("needs --record, and goes with neither --again nor --since", param_hint="--out")
    with warehouse.connect() as connection:
        found = list(preview(connection, exporters[0], request.records, limit=len(request.records)))
        connection.rollback()
    for each in found:
        if each.kept_back is None:
            folder = to / f"{exporters[0].noun}_{each.export.stem}"
            write_to(folder, each.files)
            out.print(f"{printable(str(each.export.record_key))} is in {printable(str(folder))}.", soft_wrap=True)
        else:
            complain(f"{each.export.record_key}: {each.kept_back}")
    if any(each.kept_back is not None for each in found):
        raise typer.Exit(EXIT_HELD)
