"""`wiseparts demo`: a parts distributor's exports, from an empty folder to the marts."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from wiseparts_pipeline.cli.builds import build_with_progress, report_failures
from wiseparts_pipeline.cli.commands.import_ import import_with_progress
from wiseparts_pipeline.cli.output import Row, complain, err, out, print_json, print_report, program
from wiseparts_pipeline.cli.stack import SERVER_VARIABLE, running_sources
from wiseparts_pipeline.cli.summary import TITLES, read_summary
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.dbt.day import sample_day, set_sample_day
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.home import INSTALLED, PACKAGE, home
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import FileResult, ImportOptions
from wiseparts_pipeline.importing.service import in_dependency_order
from wiseparts_pipeline.sample import write_sample
from wiseparts_pipeline.sample.model.days import LAST_DAY
from wiseparts_pipeline.transport import TargetExists, connect
from wiseparts_pipeline.warehouse import Role, Warehouse

SOURCE = "erp"


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Import a sample of every entity, build the marts, show a summary.

    On embedded servers, from nothing; run again, it imports and builds nothing twice. Exit status 0 although rows are
    rejected: the sample has some faulty rows on purpose.
    """
    if os.environ.get(SERVER_VARIABLE):
        raise ConfigurationError(
            f"{SERVER_VARIABLE} is set: the demo would put invented files on that server. Unset it for the demo, or"
            " import from that server with `wiseparts import`."
        )
    _announce("1/5", "Starting the database and the SFTP server")
    # The sample is made for the packaged importers, whatever else is configured.
    with running_sources(PACKAGE / "defs") as (configuration, _), Warehouse.open(role=Role.IMPORTER) as warehouse:
        _announce("2/5", "Writing two years of a parts distributor's exports")
        importers = in_dependency_order(configuration, configuration.importers)
        runs = []
        with TemporaryDirectory() as folder:
            sample = write_sample(Path(folder))
            _make_demo(warehouse, [*chain.from_iterable(sample.deliveries), *sample.shop])
            before, last_day = sample.deliveries
            deliveries = (before, [*last_day, *sample.shop])
            for delivery, what in zip(deliveries, ("up to 30 December", "of 31 December"), strict=True):
                uploaded = _upload(Path(folder), delivery, warehouse, configuration.sources)
                _announce("3/5", f"Importing: {uploaded} new files {what} were uploaded to the SFTP server")
                runs.append(import_with_progress(importers, warehouse, configuration, ImportOptions()))
                if delivery is not deliveries[-1]:
                    # As a build between the two would: what the next delivery changes becomes history.
                    snapshots = ["+resource_type:snapshot"]
                    build_with_progress(warehouse, configuration, snapshots, variables={}, unless_built=True)
        _announce("4/5", "Building and testing the marts")
        built = build_with_progress(warehouse, configuration, variables={}, unless_built=True)
        _announce("5/5", "Summary")
        summary = read_summary(warehouse)
    files = [result for run in runs for result in run.files]
    problems = [problem for run in runs for problem in run.problems]
    if as_json:
        print_json({"files": [asdict(result.file) for result in files], **summary})
    else:
        for name, title in TITLES.items():
            print_report(summary[name], title=title)
        _close(files, summary["import_log"], summary["exports"])
    for problem in problems:
        complain(str(problem))
    report_failures(built)
    failed = any(result.status is Status.FAILED for result in files)
    raise typer.Exit(1 if failed or problems or built.failures else 0)


def _announce(step: str, what: str) -> None:
    err.print(f"[{step}] {what}", style="bold")


def _make_demo(warehouse: Warehouse, sample: Sequence[str]) -> None:
    """Have all builds be as of the sample's last day: as of today, most reports of it would be empty.

    Raises ConfigurationError where other files than those of the sample have been imported, unless it is a demo.
    """
    with warehouse.connect() as connection:
        if not sample_day(connection):
            other = connection.execute(
                "select path from ops.import_files where path <> all(%s) order by file_id limit 1", [list(sample)]
            ).fetchone()
            if other:
                raise ConfigurationError(
                    f"Other files than the sample's have been imported here, such as {other[0]}: the demo would put"
                    " invented ones among them. Set WISEPARTS_HOME to a new folder for the demo, and unset"
                    " WISEPARTS_DATABASE_URL if it is set."
                )
        set_sample_day(connection, LAST_DAY)


def _upload(folder: Path, paths: Iterable[str], warehouse: Warehouse, sources: Mapping[str, SourceSettings]) -> int:
    """Uploads, as the ERP and the shop would, the files that the import log does not have; returns how many."""
    with warehouse.connect() as connection:
        known = {path for name in sources for path in ledger.known_paths(connection, name)}
    count = 0
    with connect(sources[SOURCE]) as transport:
        for path in paths:
            if path in known:
                continue
            try:
                transport.upload(folder / path, path)
                count += 1
            except TargetExists:
                # Uploaded by a demo that was ended before it could import.
                continue
    return count


def _close(files: Sequence[FileResult], log: Sequence[Row], exports: Sequence[Row]) -> None:
    example: int | str = "FILE_ID"
    if files:
        rows, rejected, waited = (
            sum(result.file.count(what) for result in files) for what in ("read", "rejected", "waiting")
        )
        waiting = sum(row["waiting"] for row in log)
        out.print(
            f"Imported {len(files)} files with {rows:,} rows."
            f" {rejected:,} rows were rejected: the sample has the faults of real exports."
        )
        out.print(
            f"{waited:,} rows had to wait for a record of another file. Since then {waited - waiting:,} of them were"
            " loaded or replaced, by themselves.",
            soft_wrap=True,
        )
        exported = sum(row["delivered"] + row["collected"] for row in exports)
        slowest = max((row["slowest_seconds"] or 0 for row in exports), default=0)
        out.print(
            f"{exported:,} new orders and customers of the web shop were delivered to the ERP's folder, the slowest"
            f" {slowest:,.1f} s after its import.",
            soft_wrap=True,
        )
        example = max(files, key=lambda result: result.file.rows_waiting).file.file_id
    else:
        out.print("Imported nothing: every file of the sample was imported before.")
    dev = f"{program()} dev" if INSTALLED else "make dev"
    out.print("\nWhat to do next", style="bold")
    for command, what in {
        dev: "keeps it all running, with dashboards on http://localhost:8050 and Dagster's UI on http://localhost:3000",
        f"{program()} log": "the files that came, and what became of them",
        f"{program()} exports": "the orders and customers that went to the ERP, and where each is",
        f"{program()} errors {example}": "the rows of a file that were rejected or had to wait, and why",
        f"{program()} sql": "psql on the marts, as the read-only analyst",
        f"ls {home() / 'sftp' / 'root'}": "the SFTP server's folders; imported files are in processed/",
    }.items():
        out.print(f"  {command}\n      {what}", soft_wrap=True)
