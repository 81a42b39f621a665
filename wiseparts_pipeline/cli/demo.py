"""`wiseparts demo`: a parts distributor's exports, from an empty folder to the marts."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from wiseparts_pipeline.cli.building import build_marts, report_failures
from wiseparts_pipeline.cli.importing import Imported, import_pending, in_dependency_order
from wiseparts_pipeline.cli.output import complain, err, out, print_json, print_report, program
from wiseparts_pipeline.cli.stack import SERVER_VARIABLE, running_sources
from wiseparts_pipeline.cli.summary import TITLES, read_summary
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.home import PACKAGE, home
from wiseparts_pipeline.importing.engine import ImportOptions
from wiseparts_pipeline.importing.ledger import Status
from wiseparts_pipeline.sample import write_sample
from wiseparts_pipeline.sample.days import LAST_DAY
from wiseparts_pipeline.transport import SourceSettings, TargetExists, connect
from wiseparts_pipeline.warehouse import Warehouse

SOURCE = "erp"


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Import a sample of every entity, build the marts, show a summary.

    On embedded servers, from nothing; run again it imports nothing twice. Exit status 0, although rows are rejected:
    the sample has some that have to be.
    """
    if os.environ.get(SERVER_VARIABLE):
        raise ConfigurationError(
            f"{SERVER_VARIABLE} is set: the demo would put invented files on that server. Unset it for the demo, or"
            " import from that server with `wiseparts import`."
        )
    _announce("1/5", "Starting the database and the SFTP server")
    # The sample is made for the packaged importers, whatever else is configured.
    with running_sources(PACKAGE / "defs") as (configuration, _), Warehouse.open() as warehouse:
        _announce("2/5", "Writing two years of a parts distributor's exports")
        dropped = _drop_sample(warehouse, configuration.sources[SOURCE])
        _announce("3/5", f"Importing: {dropped} new files were uploaded to the SFTP server")
        importers = in_dependency_order(configuration, configuration.importers)
        imported = import_pending(configuration, importers, warehouse, ImportOptions())
        _announce("4/5", "Building and testing the marts")
        built = build_marts(warehouse, as_of=LAST_DAY)
        _announce("5/5", "Summary")
        summary = read_summary(warehouse)
    if as_json:
        print_json({"files": [result.file for result in imported.files], **summary})
    else:
        for name, title in TITLES.items():
            print_report(summary[name], title=title)
        _close(imported)
    for problem in imported.problems:
        complain(problem)
    report_failures(built)
    failed = any(result.status is Status.FAILED for result in imported.files)
    raise typer.Exit(1 if failed or imported.problems or built.failures else 0)


def _announce(step: str, what: str) -> None:
    err.print(f"[{step}] {what}", style="bold")


def _drop_sample(warehouse: Warehouse, source: SourceSettings) -> int:
    """Uploads, as the ERP would, the sample's files that the import log does not have; returns how many."""
    with warehouse.connect() as connection:
        query = "select path from ops.import_files where source = %s"
        known = {path for (path,) in connection.execute(query, [source.name])}
    count = 0
    with TemporaryDirectory() as folder, connect(source) as transport:
        write_sample(Path(folder))
        for file in sorted(Path(folder).glob("*/*")):
            path = file.relative_to(folder).as_posix()
            if path in known:
                continue
            try:
                transport.upload(file, path)
                count += 1
            except TargetExists:
                # Uploaded by a demo that was ended before it could import.
                continue
    return count


def _close(imported: Imported) -> None:
    if imported.files:
        rows = sum(result.file["rows_read"] for result in imported.files)
        rejected = sum(result.file["rows_rejected"] for result in imported.files)
        out.print(
            f"Imported {len(imported.files)} files with {rows:,} rows."
            f" {rejected:,} rows were rejected: the sample has the faults of real exports."
        )
    else:
        out.print("Imported nothing: every file of the sample was imported before.")
    example = next((r.file["file_id"] for r in imported.files if r.status is Status.IMPORTED_WITH_ERRORS), "FILE_ID")
    out.print("\nWhat to do next", style="bold")
    for command, what in {
        "make dev": "keeps it all running, with Dagster's UI on http://localhost:3000",
        f"{program()} log": "the files that came, and what became of them",
        f"{program()} errors {example}": "the rejected rows of a file, and why",
        f"{program()} sql": "psql on the marts, as the read-only analyst",
        f"ls {home() / 'sftp' / 'root'}": "the SFTP server's folders; imported files are in processed/",
    }.items():
        out.print(f"  {command}\n      {what}", soft_wrap=True)
