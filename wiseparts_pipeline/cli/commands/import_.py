"""`wiseparts import`: what is pending, or the files asked for."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from wiseparts_pipeline import notify
from wiseparts_pipeline.cli.files import print_files
from wiseparts_pipeline.cli.output import complain, out, print_json, print_report, printable, program
from wiseparts_pipeline.cli.progress import import_progress
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting.at_once import delivering_at_once
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import Announced, FileResult, ImportOptions, ImportResult
from wiseparts_pipeline.importing.service import import_files, in_dependency_order
from wiseparts_pipeline.matching.service import match_imported
from wiseparts_pipeline.notify.exports import report_exports
from wiseparts_pipeline.warehouse import Role, Warehouse

EXIT_REJECTED = 3
EXIT_REFUSED = 4


def import_(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Importers; without one, all.")] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="This file instead of what is pending: a path on this machine, or the name of a file in the folder or"
            " in its processed/ or refused/, to replay it. May be given several times.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Validate and report; change nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Import a file that a guard such as the reject limit would hold back.")
    ] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Show the result only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the files' rows of the import log as JSON.")] = False,
) -> None:
    """Import what is pending, or the given files.

    Entities that others refer to come first.

    Exit status: 0 done · 3 with rejected or waiting rows · 4 a file was refused · 2 usage or configuration
    · 1 anything else.
    """
    if file and len(names or []) != 1:
        raise typer.BadParameter("needs the name of the one importer that is to take the file", param_hint="--file")
    options = ImportOptions(force=force, dry_run=dry_run)
    if file:
        local = [Path(each) for each in file if Path(each).is_file()]
        by_name = [each for each in file if not Path(each).is_file()]
        options = replace(options, local=local or None, names=by_name or None)
    with running_sources() as (configuration, _):
        importers = in_dependency_order(configuration, names or configuration.importers)
        with Warehouse.open(role=Role.IMPORTER) as warehouse:
            imported = import_with_progress(importers, warehouse, configuration, options, quiet=no_progress)
    if as_json:
        print_json({"files": [log_row(result) for result in imported.files]})
    else:
        report(imported, dry_run)
    for problem in imported.problems:
        complain(str(problem))
    raise typer.Exit(exit_status(imported))


def import_with_progress(
    importers: Sequence[Importer],
    warehouse: Warehouse,
    configuration: Configuration,
    options: ImportOptions,
    *,
    quiet: bool = False,
) -> ImportResult:
    """Imports with progress on stderr, delivers what is to be exported, and notifies recipients by e-mail."""

    def notify_recipients(importer: Importer, result: ImportResult) -> None:
        # E-mail that fails changes nothing about the import.
        for notice in [] if options.dry_run else notify.report(importer.settings, result, warehouse):
            complain(notice)

    with import_progress(quiet=quiet) as progress, delivering_at_once(warehouse, configuration) as exports:
        if not options.dry_run:
            progress = Announced(progress, exports.wake)
        result = import_files(importers, warehouse, options, progress=progress, finished=notify_recipients, settle=True)
    # That something is not delivered yet changes nothing about the import either.
    notices = [notice for done in exports.done for notice in done.notices]
    notices += report_exports(warehouse, configuration) if exports.done else []
    if result.files and not options.dry_run:
        notices += match_imported(warehouse, configuration)
    for notice in dict.fromkeys(notices):
        complain(notice)
    return result


def exit_status(imported: ImportResult) -> int:
    """The exit status of a command that imports."""
    statuses = {file.status for file in imported.files}
    if imported.problems or Status.FAILED in statuses:
        return 1
    if Status.REFUSED in statuses:
        return EXIT_REFUSED
    return EXIT_REJECTED if Status.IMPORTED_WITH_ERRORS in statuses else 0


def log_row(result: FileResult) -> dict[str, Any]:
    """A file's row of the import log; of a dry run, with its first rejected rows."""
    row = asdict(result.file)
    if result.file.file_id:
        return row
    # A dry run's rejected rows are not in the database, only here.
    return row | {"file_id": None, "rejected_rows": [asdict(each) for each in result.rejected]}


def report(imported: ImportResult, dry_run: bool) -> None:
    """Shows what was imported, and what to look at next."""
    files = [result.file for result in imported.files]
    if files:
        print_files(files)
    elif not imported.problems:
        out.print("Nothing to import.")
    if imported.unsettled:
        out.print(f"Still being written, left for the next import: {', '.join(map(printable, imported.unsettled))}")
    for incomplete in imported.incomplete:
        out.print(f"{printable(incomplete)}: they are imported together.", soft_wrap=True)
    with_rejects = [result for result in imported.files if result.status is Status.IMPORTED_WITH_ERRORS]
    if dry_run:
        for result in imported.files:
            if not result.rejected:
                continue
            rows = [asdict(each) for each in result.rejected]
            print_report(rows, title=f"First rejected rows of {printable(result.file.name)}")
        out.print("This was a dry run: nothing was changed.")
    elif with_rejects:
        out.print(f"{program()} errors {with_rejects[0].file.file_id}  shows that file's rejected rows, and why.")
