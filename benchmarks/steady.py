"""How long files take to the reports while Dagster runs: files of several entities, dropped at random moments.

`python -m benchmarks.steady [--files N] [--minutes M] [--rows N] [--busy]` prints, on the demo's data, what each build
built and how long each file took, step by step, from the moment it had settled to the last model that is made of it.
`--rows`: with as many generated sales lines in place of the demo's. `--busy`: two other processes keep the cores busy
meanwhile.
"""

import argparse
import json
import multiprocessing
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
from psycopg import sql
from rich.console import Console
from rich.table import Table

from benchmarks.changes import load_history
from benchmarks.comparison import compare
from benchmarks.running import demo
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.dbt import lineage
from wiseparts_pipeline.dbt.builds import build_marts, exclusive_build
from wiseparts_pipeline.dbt.manifest import prepare_manifest
from wiseparts_pipeline.diagnostics.freshness import feeds_variable
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.orchestration.automatic_builds import STATE_TAG
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

# Those that are imported on arrival.
DROPPED = ("sales", "quotes", "orders", "calls", "customers")
ROWS = 4
PATIENCE_SECONDS = 300
POLL_SECONDS = 0.2
# Any number, for the same moments and entities in each run.
SEED = 20


@dataclass
class Dropped:
    """A file; `settled`, `began`, `imported` and `visible` are moments, None as long as they have not come.

    `run_id`: the run that imported it.
    """

    name: str
    entity: str
    settled: datetime
    run_id: str = ""
    began: datetime | None = None
    imported: datetime | None = None
    visible: datetime | None = None


@dataclass(frozen=True)
class Run:
    """A run of an import or a build: when it was asked for, began and ended, and the models that it was to build."""

    asked: datetime
    began: datetime | None
    ended: datetime | None
    status: str
    models: frozenset[str]


def write(warehouse: Warehouse, entity: str, path: Path, encoding: str, number: int) -> None:
    """Writes a file with a few records of the entity, the last ones by key, under new keys."""
    columns = [column.name for column in ENTITIES[entity].given_columns if column.name != "system_id"]
    key = ENTITIES[entity].key[0]
    chosen = sql.SQL(", ").join(
        sql.SQL("{} || {} as {}").format(sql.Identifier(name), sql.Literal(f"-{number}"), sql.Identifier(name))
        if name == key
        else sql.Identifier(name)
        for name in columns
    )
    query = sql.SQL(
        "copy (select {} from raw.{} where _deleted_at is null order by {} desc limit {}) to stdout csv header"
    )
    filled = query.format(chosen, sql.Identifier(entity), sql.Identifier(key), ROWS)
    with warehouse.connect() as connection, connection.cursor() as cursor, cursor.copy(filled) as copied:
        text = b"".join(copied).decode()
    # As a sender does: under another name until the file is complete.
    part = path.with_suffix(".part")
    part.write_text(text, encoding=encoding)
    part.rename(path)


def follow(warehouse: Warehouse, files: list[Dropped]) -> None:
    """Notes which files have been imported, and which are in all models by now."""
    with warehouse.connect() as connection:
        changes = {
            name: (version, times)
            for name, version, *times in connection.execute(
                """
                select name, version, run_id, started_at, finished_at from ops.import_files
                inner join ops.entity_changes using (file_id, entity) where name = any(%s)
                """,
                [[file.name for file in files]],
            )
        }
        oldest = dict(
            connection.execute(
                """
                select entity, min(version::bigint) from ops.model_builds
                cross join lateral jsonb_each_text(seen) as made_of (entity, version) group by entity
                """
            ).fetchall()
        )
    for file in files:
        if file.name in changes:
            version, (file.run_id, file.began, file.imported) = changes[file.name]
            if file.visible is None and oldest.get(file.entity, 0) >= version:
                file.visible = datetime.now(UTC)


def run(warehouse: Warehouse, configuration: Configuration, root: Path, count: int, minutes: float) -> list[Dropped]:
    """Drops the files and waits until all of them are in the marts."""
    drawn = random.Random(SEED)
    began = time.monotonic()
    moments = sorted(drawn.uniform(0, minutes * 60) for _ in range(count))
    files: list[Dropped] = []
    with console.status("Dropping files"):
        for number, moment in enumerate(moments):
            while time.monotonic() - began < moment:
                follow(warehouse, files)
                time.sleep(POLL_SECONDS)
            importer = configuration.importer(drawn.choice(DROPPED))
            source = configuration.source_of(importer)
            today = datetime.now(ZoneInfo(importer.timezone)).strftime(importer.date_format)
            name = importer.patterns[0].replace("{date}", today).replace("*", f"_{number}")
            write(warehouse, importer.entity, root / importer.folder / name, importer.file.encoding, number)
            settled = datetime.now(UTC) + timedelta(seconds=source.settle_seconds)
            files.append(Dropped(name, importer.entity, settled))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(file.visible for file in files) and time.monotonic() < deadline:
            follow(warehouse, files)
            time.sleep(POLL_SECONDS)
    return files


def runs(since: datetime) -> dict[str, Run]:
    """By id, the oldest first."""
    with dg.DagsterInstance.get() as instance:
        records = instance.get_run_records(dg.RunsFilter(created_after=since), ascending=True)
    return {
        record.dagster_run.run_id: Run(
            record.create_timestamp,
            datetime.fromtimestamp(record.start_time, UTC) if record.start_time else None,
            datetime.fromtimestamp(record.end_time, UTC) if record.end_time else None,
            str(record.dagster_run.status.value),
            frozenset(key.path[-1] for key in record.dagster_run.asset_selection or ())
            if STATE_TAG in record.dagster_run.tags
            else frozenset(),
        )
        for record in records
    }


def entities_of_models() -> dict[str, frozenset[str]]:
    """By name, the entities that a model is made of."""
    manifest = json.loads(prepare_manifest().read_bytes())
    return {model.name: model.made_of for model in lineage.models(manifest).values()}


def report(files: list[Dropped], since: datetime) -> None:
    """Prints the builds, the ways of the files, and which models were built although nothing had changed."""
    all_runs, made_of = runs(since), entities_of_models()
    builds = [run for run in all_runs.values() if run.models]
    shown = Table(title="Builds of the marts")
    for column in ("asked for", "seconds", "status", "models", "changes of"):
        shown.add_column(column, justify="left" if column == "changes of" else "right")
    before, needless = since, 0
    for build in builds:
        # What was imported since the build before began to read.
        changed = {file.entity for file in files if file.imported and before < file.imported <= (build.began or since)}
        if build is not builds[0]:
            needless += sum(not made_of[model] & changed for model in build.models)
        before = build.began or before
        seconds = f"{(build.ended - build.began).total_seconds():.1f}" if build.began and build.ended else ""
        names = ", ".join(sorted(changed))
        shown.add_row(f"{build.asked:%H:%M:%S}", seconds, build.status, str(len(build.models)), names)
    console.print(shown)
    console.print(f"{len(builds)} builds; models that were built again although nothing had changed: {needless}.")
    shown = Table(title="Files, in seconds after they had settled")
    steps = ("import asked for", "began", "ended", "build asked for", "began", "in all marts")
    for column in ("file", "settled", *steps):
        shown.add_column(column, justify="left" if column == "file" else "right")
    for file in files:
        importing = all_runs.get(file.run_id)
        # The first that began when the rows were there.
        building = next((each for each in builds if file.imported and each.began and each.began > file.imported), None)
        moments = [
            importing and importing.asked,
            file.began,
            file.imported,
            building and building.asked,
            building and building.began,
            file.visible,
        ]
        times = [f"{(moment - file.settled).total_seconds():.1f}" if moment else "never" for moment in moments]
        shown.add_row(file.name, f"{file.settled:%H:%M:%S}", *times)
    console.print(shown)
    taken = [(file.visible - file.settled).total_seconds() for file in files if file.visible]
    console.print(f"Median {statistics.median(taken):.1f} s, worst {max(taken):.1f} s, of {len(taken)} files.")


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Other processes that calculate as long as the block runs."""
    processes = [multiprocessing.get_context("spawn").Process(target=calculate, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()


def calculate() -> None:
    while True:
        sum(range(1_000_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rows", type=int, help="generated sales lines in place of the demo's")
    parser.add_argument("--busy", action="store_true", help="keep both cores busy with something else")
    arguments = parser.parse_args()

    def prepare() -> list[str]:
        if not arguments.rows:
            return []
        with Warehouse.open() as warehouse:
            load_history(warehouse, arguments.rows)
        return ["--full-refresh"]

    with demo(prepare) as running:
        warehouse, configuration = running.warehouse, running.configuration
        with running.running_dagster():
            began = datetime.now(UTC)
            with busy(2 if arguments.busy else 0):
                files = run(warehouse, configuration, running.root, arguments.files, arguments.minutes)
            report(files, began)
        variables = {"feeds": feeds_variable(configuration.importers.values())}

        def from_scratch() -> None:
            with exclusive_build(warehouse, console.print) as opened:
                built = build_marts(opened, variables=variables, full_refresh=True)
            assert not built.failures, built.failures

        console.print(compare(warehouse, from_scratch))


if __name__ == "__main__":
    main()
