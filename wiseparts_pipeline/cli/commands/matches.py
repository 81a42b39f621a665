"""`wiseparts matches`: what of a marketplace's catalogue is what of ours, and what people decide about it."""

from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import PLAIN, complain, err, out, print_json, print_report
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.matching.deciding import decide
from wiseparts_pipeline.matching.kinds import Kind
from wiseparts_pipeline.matching.lists import take_list, write_list
from wiseparts_pipeline.matching.log import Status, as_json, latest
from wiseparts_pipeline.matching.overwriting import write_over
from wiseparts_pipeline.matching.service import find_matches
from wiseparts_pipeline.warehouse import Role, Warehouse

_ROWS_ON_SCREEN = 50
EXIT_PROBLEMS = 3

matches = typer.Typer(
    help="Show what of a marketplace's catalogue is what of ours, and decide about it.",
    invoke_without_command=True,
    **PLAIN,
)
_Ids = Annotated[list[int], typer.Argument(metavar="ID", help="As `wiseparts matches` shows them.")]


@matches.callback()
def show(
    context: typer.Context,
    kind: Annotated[
        list[Kind] | None, typer.Option(metavar="KIND", help="Only these: " + ", ".join(Kind) + ".")
    ] = None,
    status: Annotated[
        list[Status] | None, typer.Option(metavar="STATUS", help="Only these: " + ", ".join(Status) + ".")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"The number of matches; default {_ROWS_ON_SCREEN}, with --json and --csv all."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write them to a file; edit `status`, and `wiseparts matches import FILE` takes it."
        ),
    ] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="Print the matches as JSON.")] = False,
) -> None:
    """Find what has to be matched since the last time, and show the matches: first what is to be decided."""
    if context.invoked_subcommand:
        return
    if limit is None and not as_json_ and csv is None:
        limit = _ROWS_ON_SCREEN
    with Warehouse.open(role=Role.IMPORTER) as warehouse:
        _find(warehouse)
        with warehouse.connect(autocommit=True) as connection:
            found = latest(connection, kind or (), status or (), limit)
    if csv is not None:
        write_list(csv, found)
        out.print(f"{len(found):,} matches in {csv}.", soft_wrap=True)
    elif as_json_:
        print_json({"matches": [as_json(match) for match in found]})
    elif found:
        print_report(
            [
                {
                    "id": str(match.match_id),
                    "kind": match.kind,
                    "theirs": match.theirs,
                    "their_name": match.their_name,
                    "ours": match.ours,
                    "our_name": match.our_name,
                    "method": match.method,
                    "score": match.score,
                    "status": match.status,
                    "doubt": match.doubt_in_words,
                }
                for match in found
            ],
            title="Matches",
        )
        if len(found) == limit:
            out.print(f"The first {limit} matches; --limit N shows more.")
    else:
        out.print("There is no such match." if kind or status else "There is no match: see docs/matching.md.")


@matches.command()
def confirm(match_ids: _Ids) -> None:
    """Confirm matches: no rule goes back on it."""
    _decide(match_ids, Status.CONFIRMED)


@matches.command()
def reject(match_ids: _Ids) -> None:
    """Reject matches: they are never proposed again."""
    _decide(match_ids, Status.REJECTED)


@matches.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list that `wiseparts matches --csv` has written.")],
) -> None:
    """Decide as an edited list says. A row without match_id is a pair that no rule has found.

    Exit status: 0 done · 3 with rows that could not be taken · 1 anything else.
    """
    with Warehouse.open(role=Role.IMPORTER) as warehouse:
        with warehouse.connect(autocommit=True) as connection:
            taken = take_list(connection, file)
        _find(warehouse)
    out.print(f"{taken.decided:,} decided, {taken.unchanged:,} unchanged, {len(taken.problems):,} not taken.")
    for problem in taken.problems:
        complain(problem)
    raise typer.Exit(EXIT_PROBLEMS if taken.problems else 0)


def _decide(match_ids: list[int], status: Status) -> None:
    with Warehouse.open(role=Role.IMPORTER) as warehouse:
        with warehouse.connect(autocommit=True) as connection:
            decide(connection, match_ids, status)
        _find(warehouse)
    out.print(f"{len(match_ids):,} {status}.")


def _find(warehouse: Warehouse) -> None:
    find_matches(warehouse, _blocked)
    write_over(warehouse, configuration_at_rest())


def _blocked(holder: str) -> None:
    err.print(f"Waits until matches are found by {holder}.")
