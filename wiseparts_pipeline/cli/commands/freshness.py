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
        str | None, typer.Option(metavar="TIME", help="As of this time instead of now: 2025-06-30T06:00+03:00.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every feed as JSON.")] = False,
) -> None:
    """Show when each importer last imported a file, whether the next one is overdue, and whose files change nothing.

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
        _print_stale(stale, moment)
    raise typer.Exit(EXIT_STALE if stale else 0)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text} is not a time; write it like 2025-06-30T06:00+03:00", param_hint="--at"
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
    } | ({"kept_back": feed.kept_back} if feed.kept_back else {})


def _row(feed: Feed, at: datetime) -> dict[str, Any]:
    return {
        "importer": feed.importer,
        "entity": feed.entity,
        "status": feed.freshness(at).replace("_", " "),
        "last_file": feed.last_file,
        "last_imported_at": feed.last_imported_at,
        "stale_after": _age(feed.stale_after) if feed.stale_after else None,
        "due_at": feed.due_at,
    }


def _print_stale(stale: Sequence[Feed], at: datetime) -> None:
    """Print one line per feed that has stopped: since when, and what was expected; or why its files change nothing."""
    for feed in stale:
        if feed.kept_back:
            out.print(printable(f"{feed.importer}: {feed.kept_back}."), style="red", soft_wrap=True)
            continue
        assert feed.stale_after is not None
        if feed.last_imported_at is None:
            message = f"{feed.importer}: no file of {feed.entity} has ever been imported"
        else:
            since = f"{feed.last_imported_at:%Y-%m-%d %H:%M %Z}, {_age(at - feed.last_imported_at)} ago"
            message = f"{feed.importer}: no file of {feed.entity} since {feed.last_file} ({since})"
        message += f"; at least one is expected every {_age(feed.stale_after)}"
        if feed.held_up:
            message += f"; {feed.held_up} since then could not be imported: see `{program()} log {feed.importer}`"
        out.print(printable(f"{message}."), style="red", soft_wrap=True)
    if not stale:
        out.print("No feed has stopped.")


def _age(age: timedelta) -> str:
    """An age in its two largest units."""
    minutes = age // timedelta(minutes=1)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[:2]) or "0 min"
