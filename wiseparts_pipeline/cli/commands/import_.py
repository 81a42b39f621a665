"""`wiseparts import`: what is pending, or the files asked for."""

from typing import Annotated, Any

import typer

from wiseparts_pipeline.cli.files import print_files
from wiseparts_pipeline.cli.output import complain, out, print_json, print_report, printable, program
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.importing.engine import FileResult, ImportOptions
from wiseparts_pipeline.importing.ledger import Status
from wiseparts_pipeline.importing.service import Imported, import_files, import_pending, in_dependency_order
from wiseparts_pipeline.warehouse import Warehouse


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
        bool, typer.Option("--force", help="Take a file that a guard such as the reject limit would hold back.")
    ] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Show the result only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the files' rows of the import log as JSON.")] = False,
) -> None:
    """Import what is pending, or the given files.

    Entities that others refer to come first.

    Exit status: 0 done · 3 with rejected rows · 4 a file was refused · 2 usage or configuration · 1 anything else.
    """
    if file and len(names or []) != 1:
        raise typer.BadParameter("needs the name of the one importer that is to take the file", param_hint="--file")
    options = ImportOptions(force=force, dry_run=dry_run)
    with running_sources() as (configuration, _):
        importers = in_dependency_order(configuration, names or configuration.importers)
        with Warehouse.open() as warehouse:
            if file:
                source = configuration.source_of(importers[0])
                imported = import_files(source, importers[0], warehouse, file, options, quiet=no_progress)
            else:
                imported = import_pending(configuration, importers, warehouse, options, quiet=no_progress)
            if as_json:
                print_json({"files": [_log_row(warehouse, result) for result in imported.files]})
    if not as_json:
        _report(imported, dry_run)
    for problem in imported.problems:
        complain(problem)
    raise typer.Exit(imported.exit_status)


def _log_row(warehouse: Warehouse, result: FileResult) -> dict[str, Any]:
    if result.file["file_id"] is not None:
        return result.file
    # A dry run's rejected rows are not in the database: they stand here or nowhere.
    with warehouse.connect() as connection:
        columns = connection.execute("select * from ops.import_files limit 0").description or []
    return {column.name: result.file.get(column.name) for column in columns} | {"rejected_rows": result.rejected}


def _report(imported: Imported, dry_run: bool) -> None:
    files = [result.file for result in imported.files]
    if files:
        print_files(files)
    elif not imported.problems:
        out.print("Nothing to import.")
    if imported.unsettled:
        out.print(f"Still being written, left for the next import: {', '.join(map(printable, imported.unsettled))}")
    for waiting in imported.waiting:
        out.print(f"{printable(waiting)}: they are imported together.", soft_wrap=True)
    with_rejects = [result for result in imported.files if result.status is Status.IMPORTED_WITH_ERRORS]
    if dry_run:
        for result in with_rejects:
            print_report(result.rejected, title=f"First rejected rows of {printable(result.file['name'])}")
        out.print("This was a dry run: nothing was changed.")
    elif with_rejects:
        out.print(f"{program()} errors {with_rejects[0].file['file_id']}  shows that file's rejected rows, and why.")
