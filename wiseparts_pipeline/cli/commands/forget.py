"""`wiseparts forget`: empties what is personal about someone, everywhere."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.prompt import Prompt

from wiseparts_pipeline.cli.builds import build_with_progress, report_failures
from wiseparts_pipeline.cli.output import complain, err, out, print_json, print_report, printable
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.forgetting.files import FoundFile
from wiseparts_pipeline.forgetting.forget import Forgotten, marts_are_old, still_there
from wiseparts_pipeline.forgetting.forget import forget as forget_person
from wiseparts_pipeline.forgetting.person import forgettable
from wiseparts_pipeline.home import home
from wiseparts_pipeline.warehouse import Role, Warehouse

_BEYOND_REACH = (
    "Not reached: backups, files that were copied elsewhere, e-mails that were sent, and the write-ahead log and freed"
    " space of the database server. See docs/operating.md."
)


def forget(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="customers, contacts, sales_reps ...")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key of the record, as the sender writes it.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List everything, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the key to be typed again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Forget a person: empty what is personal in records, rejected rows, e-mails and logs, and remove files with it.

    Records, references and amounts stay. Later files do not bring the person back. Exit status 3 when something is
    left that has to be removed by hand.
    """
    if entity not in forgettable():
        raise typer.BadParameter(f"{entity} has no persons; allowed: {', '.join(forgettable())}", param_hint="ENTITY")
    if not (dry_run or yes):
        _confirm(entity, key, can_ask=not as_json)
    with running_sources() as (configuration, _), Warehouse.open() as warehouse:
        with err.status("Forgetting") as status:
            done = forget_person(warehouse, configuration, home(), entity, key, status.update, dry_run=dry_run)
        failed = not dry_run and _build(configuration)
        if not dry_run:
            done.remains = still_there(warehouse, done)
    if as_json:
        print_json(_described(done, dry_run=dry_run))
    else:
        _print(done, dry_run=dry_run)
    raise typer.Exit(1 if failed else 3 if done.kept or done.remains else 0)


def _confirm(entity: str, key: str, *, can_ask: bool) -> None:
    if not can_ask or not err.is_terminal:
        raise typer.BadParameter("is needed where nobody can be asked; see --dry-run first", param_hint="--yes")
    err.print(f"What is personal about {entity} {key} is deleted for good, and files with it are removed.")
    if Prompt.ask("Type the key again to go on", console=err) != key:
        raise WisepartsError("That is another key: nothing was changed.")


def _build(configuration: Configuration) -> bool:
    """Builds the marts if there are any that have the person; returns whether it failed."""
    with Warehouse.open(role=Role.DBT) as warehouse:
        if not marts_are_old(warehouse):
            return False
        built = build_with_progress(warehouse, configuration, variables={})
    report_failures(built)
    return bool(built.failures)


def _described(done: Forgotten, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "entity": done.entity,
        "keys": done.keys,
        "rows": dict(sorted(done.rows.items())),
        "removed_files": [{"source": each.source, "path": each.path} for each in done.removed],
        "kept_files": [vars(each) for each in done.kept],
        "logs": sorted(done.logs),
        "remains": dict(done.remains),
    }


def _print(done: Forgotten, *, dry_run: bool) -> None:
    out.print(f"{'To be emptied' if dry_run else 'Emptied'} of {done.entity} {printable(', '.join(done.keys))}:\n")
    print_report([{"what": table, "rows": count} for table, count in sorted(done.rows.items())], ["what", "rows"])
    _list("Files to be removed" if dry_run else "Files that were removed", done.removed)
    for log in sorted(done.logs):
        out.print(f"Log: {printable(log)}", soft_wrap=True)
    for file in done.kept:
        complain(f"LEFT: {file}: {file.kept_because}")
    for place, count in done.remains.items():
        complain(f"LEFT: {place}: {count} rows have a name, address or number of the person in them")
    out.print("Nothing was changed." if dry_run else _BEYOND_REACH, soft_wrap=True)


def _list(title: str, files: Sequence[FoundFile]) -> None:
    if files:
        print_report([{"source": each.source, "file": each.path} for each in files], title=title)
