"""`wiseparts freshness`: which feeds have stopped."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from wiseparts_pipeline.cli.output import out, print_json, print_report, printable, program
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.diagnostics.freshness import Feed, Freshness, feeds
from wiseparts_pipeline.warehouse import Warehouse

EXIT_STALE = 3


def freshness(
    at: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="As of this moment instead of now: 2025-06-30T06:00+03:00.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every feed as JSON.")] = False,
) -> None:
    """Say of every importer when it last imported a file, and whether the next one is overdue.

    Exit status: 0 no feed has stopped · 3 one has · 2 usage or configuration.
    """
    moment = _moment(at)
    configuration = configuration_at_rest()
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        every = feeds(configuration, connection)
    order = [Freshness.STALE, Freshness.FRESH, Freshness.NOT_EXPECTED]
    every.sort(key=lambda feed: (order.index(feed.freshness(moment)), feed.entity, feed.importer))
    stale = [feed for feed in every if feed.freshness(moment) is Freshness.STALE]
    if as_json:
        print_json({"at": moment, "feeds": [_record(feed, moment) for feed in every]})
    else:
        print_report([_row(feed, moment) for feed in every])
        _say(stale, moment)
    raise typer.Exit(EXIT_STALE if stale else 0)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text} is no moment; write it like 2025-06-30T06:00+03:00", param_hint="--at"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _record(feed: Feed, at: datetime) -> dict[str, Any]:
    return {
        "importer": feed.importer,
        "entity": feed.entity,
        "status": feed.freshness(at),
        "schedule": feed.schedule,
        "stale_after_minutes": feed.stale_after // timedelta(minutes=1) if feed.stale_after else None,
        "last_file": feed.last_file,
        "last_imported_at": feed.last_imported_at,
        "due_at": feed.due_at,
        "held_up": feed.held_up,
    }


def _row(feed: Feed, at: datetime) -> dict[str, Any]:
    return {
        "importer": feed.importer,
        "entity": feed.entity,
        "status": feed.freshness(at).replace("_", " "),
        "last_file": feed.last_file,
        "last_imported_at": feed.last_imported_at,
        "stale_after": _said(feed.stale_after) if feed.stale_after else None,
        "due_at": feed.due_at,
    }


def _say(stale: Sequence[Feed], at: datetime) -> None:
    """A line for each feed that has stopped: since when, and what was expected."""
    for feed in stale:
        assert feed.stale_after is not None
        if feed.last_imported_at is None:
            said = f"{feed.importer}: no file of {feed.entity} has ever been imported"
        else:
            since = f"{feed.last_imported_at:%Y-%m-%d %H:%M %Z}, {_said(at - feed.last_imported_at)} ago"
            said = f"{feed.importer}: no file of {feed.entity} since {feed.last_file} ({since})"
        said += f"; one is expected every {_said(feed.stale_after)} at least"
        if feed.held_up:
            said += f"; {feed.held_up} since then could not be imported: `{program()} log {feed.importer}` says why"
        out.print(printable(f"{said}."), style="red", soft_wrap=True)
    if not stale:
        out.print("No feed has stopped.")


def _said(age: timedelta) -> str:
    """An age in its two largest units."""
    minutes = age // timedelta(minutes=1)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    said = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(said[:2]) or "0 min"
