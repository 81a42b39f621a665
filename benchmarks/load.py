"""A busy system: thousands of files for all importers while sensors, schedules and builds run and people ask questions.

`python -m benchmarks.load [--files N] [--minutes M] [--people N]` drops files of mixed size on the demo, some of them
with rejected rows or refused, and prints what became of them, how much memory, how many connections and how much disk
that took, how long the questions took meanwhile, and whether all marts equal a build from scratch.
"""

import argparse
import csv
import io
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import psutil
import psycopg
import yaml
from psycopg import sql
from rich.console import Console
from rich.table import Table

from benchmarks.comparison import compare
from benchmarks.questions import everyday_questions
from benchmarks.running import free_port
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.dbt.builds import build_marts, exclusive_build
from wiseparts_pipeline.diagnostics.freshness import feeds_variable
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.orchestration.runtime.stack import running_dagster
from wiseparts_pipeline.retention.logs import log_files
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

PATIENCE_SECONDS = 1800
SAMPLE_SECONDS = 5
# Rows of a file, and how many of a hundred files have as many.
SIZES = ((1, 50), (20, 40), (500, 9), (5_000, 1))
# Every so manieth file has a row with too few cells, or no key in its header.
WITH_REJECTED, REFUSED = 20, 200
# Any number, for the same files in each run.
SEED = 20
# What is measured from the first file to the last: rows of Dagster's event log and bytes of the database.
_GROWTH = """
    select (select count(*) from dagster.event_logs), (select count(*) from dagster.runs),
        (select count(*) from dagster.job_ticks), pg_database_size(current_database()),
        (select coalesce(sum(pg_total_relation_size(oid)), 0) from pg_class
         where relnamespace = 'dagster'::regnamespace and relkind = 'r')
"""
_IMPORTED = "select status, count(*), sum(rows_read), sum(rows_created), sum(rows_rejected), sum(rows_waiting)"


@dataclass
class Busy:
    """What was seen while it ran: the most megabytes by kind of process, the most connections, seconds by question."""

    memory: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    waited: float = 0
    asked: dict[str, list[float]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    disk: int = 0


class Files:
    """Files of an importer: records of the demo under new keys."""

    def __init__(self, warehouse: Warehouse, importer: ImporterSettings) -> None:
        self.importer = importer
        entity = ENTITIES[importer.entity]
        columns = [column.name for column in entity.given_columns if column.name != "system_id"]
        names = {entity.key[0], *entity.unique, *({"path"} & set(columns))}
        self._named = {columns.index(name) for name in names}
        query = sql.SQL("copy (select {} from raw.{} where _deleted_at is null limit {}) to stdout csv header")
        # As text, as PostgreSQL writes `t` and `f` otherwise.
        texts = sql.SQL(", ").join(sql.SQL("{0}::text as {0}").format(sql.Identifier(name)) for name in columns)
        filled = query.format(texts, sql.Identifier(importer.entity), sql.Literal(SIZES[-1][0]))
        with warehouse.connect() as connection, connection.cursor() as cursor, cursor.copy(filled) as copied:
            self._header, *self._rows = csv.reader(io.StringIO(b"".join(copied).decode()))

    def drop(self, root: Path, number: int, rows: int) -> None:
        """Writes a file as a sender does: under another name until it is complete."""
        header, *lines = self._header, *self._rows[:rows]
        lines = [
            [f"{cell}-{number}" if cell and at in self._named else cell for at, cell in enumerate(row)] for row in lines
        ]
        if number % WITH_REJECTED == 0:
            lines.append(["broken off"])
        if number % REFUSED == 0:
            header = ["something else", *header[1:]]
        today = datetime.now(ZoneInfo(self.importer.timezone)).strftime(self.importer.date_format)
        name = self.importer.patterns[0].replace("{date}", today).replace("*", f"_{number}")
        path = root / self.importer.folder / name
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *lines])
        part.rename(path)


def configure(defs: Path) -> None:
    """The packaged importers, all in the same form, on arrival and every ten minutes, and none a list of everything."""
    shutil.copytree(PACKAGE / "defs", defs)
    for path in defs.glob("*/defs.yaml"):
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        if settings["type"].endswith(".FileImporter"):
            settings["attributes"] |= {"on_arrival": True, "schedule": "*/10 * * * *", "mode": "upsert", "file": {}}
            path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def drop_all(warehouse: Warehouse, configuration: Configuration, root: Path, count: int, minutes: float) -> None:
    """Drops the files, spread over the minutes, and waits until none is left."""
    drawn = random.Random(SEED)
    files = [Files(warehouse, importer) for importer in configuration.importers.values()]
    sizes, weights = zip(*SIZES, strict=True)
    began = time.monotonic()
    with console.status("Dropping files") as status:
        for number in range(1, count + 1):
            drawn.choice(files).drop(root, number, drawn.choices(sizes, weights)[0])
            status.update(f"{number:,} files dropped")
            time.sleep(max(0, began + number * minutes * 60 / count - time.monotonic()))
        console.print(f"{count:,} files dropped in {time.monotonic() - began:.0f} s.")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (left := len(list(root.glob("*/*.csv")))) and time.monotonic() < deadline:
            status.update(f"{left:,} files left")
            time.sleep(1)
    console.print(f"{left:,} files are left {time.monotonic() - began:.0f} s after the first was dropped.")


def wait_for_builds(warehouse: Warehouse) -> None:
    """Returns once the builds have seen all that was imported, or after PATIENCE_SECONDS."""
    query = """
        select exists (
            select from dagster.runs where status in ('QUEUED', 'NOT_STARTED', 'STARTING', 'STARTED', 'CANCELING')
        )
    """
    deadline, quiet = time.monotonic() + PATIENCE_SECONDS, 0
    with console.status("Waiting for the builds"), warehouse.connect(autocommit=True) as connection:
        while quiet < SAMPLE_SECONDS * 4 and time.monotonic() < deadline:
            row = connection.execute(query).fetchone()
            quiet = 0 if row and row[0] else quiet + 1
            time.sleep(1)


@contextmanager
def watched(warehouse: Warehouse, home: Path, people: int) -> Iterator[Busy]:
    """Measures, and asks the everyday questions, as long as the block runs."""
    busy, over = Busy(), threading.Event()
    threads = [threading.Thread(target=measure, args=(warehouse, home, busy, over))]
    threads += [threading.Thread(target=ask, args=(warehouse, busy, over)) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield busy
    finally:
        over.set()
        for thread in threads:
            thread.join()


def measure(warehouse: Warehouse, home: Path, busy: Busy, over: threading.Event) -> None:
    waiting = """
        select
            count(*),
            coalesce(extract(epoch from max(now() - state_change) filter (where wait_event_type = 'Lock')), 0)
        from pg_stat_activity where backend_type = 'client backend'
    """
    with warehouse.connect(autocommit=True) as connection:
        while not over.wait(SAMPLE_SECONDS):
            row = connection.execute(waiting).fetchone()
            assert row is not None
            busy.connections = max(busy.connections, row[0])
            busy.waited = max(busy.waited, float(row[1]))
            used: Counter[str] = Counter()
            for process in psutil.Process().children(recursive=True):
                try:
                    used[_kind(process)] += process.memory_full_info().pss >> 20
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            used["all of them"] = sum(used.values())
            busy.memory |= used
            busy.disk = max(busy.disk, sum(map(_size, log_files(home))))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _kind(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    kinds = {
        "multiprocessing.forkserver": "runs",
        "dagster._daemon": "daemon",
        "dagster_webserver": "web server",
        "dagster api grpc": "code server",
        "postgres": "database",
    }
    return next((kind for text, kind in kinds.items() if text in command), "others")


def ask(warehouse: Warehouse, busy: Busy, over: threading.Event) -> None:
    for question in cycle(everyday_questions()):
        if over.wait(1):
            return
        began = time.monotonic()
        try:
            with warehouse.connect(read_only_analyst=True) as connection:
                connection.execute(question.query.encode()).fetchall()
        except psycopg.Error as error:
            busy.problems.append(f"{question.title}: {error}")
        busy.asked.setdefault(question.title, []).append(time.monotonic() - began)


def growth(warehouse: Warehouse) -> tuple[int, ...]:
    with warehouse.connect() as connection:
        row = connection.execute(_GROWTH).fetchone()
    assert row is not None
    return tuple(int(each) for each in row)


def report(warehouse: Warehouse, busy: Busy, before: tuple[int, ...], seconds: float) -> None:
    with warehouse.connect() as connection:
        imported = connection.execute(
            f"{_IMPORTED} from ops.import_files where run_id is not null group by 1"
        ).fetchall()
        refused = connection.execute(
            "select error_code, count(*) from ops.import_files where status in ('refused', 'failed') group by 1"
        ).fetchall()
        row = connection.execute("select deadlocks from pg_stat_database where datname = current_database()").fetchone()
        runs = connection.execute(
            "select pipeline_name like 'import%%', status, count(*) from dagster.runs group by 1, 2"
        )
        told = ", ".join(
            f"{count:,} {'imports' if is_import else 'builds'} {status}" for is_import, status, count in runs
        )
    shown = Table(title="Files")
    for column in ("status", "files", "rows read", "created", "rejected", "waiting"):
        shown.add_column(column, justify="left" if column == "status" else "right")
    for status, *counts in imported:
        shown.add_row(status, *(f"{count or 0:,}" for count in counts))
    console.print(shown)
    console.print(f"Refused or failed: {dict(refused)}; runs: {told}; deadlocks: {row and row[0]}.")
    shown = Table(title="The most at a time")
    shown.add_column("what")
    shown.add_column("how much", justify="right")
    for kind, megabytes in sorted(busy.memory.items()):
        shown.add_row(f"memory of {kind}", f"{megabytes:,} MB")
    shown.add_row("connections to the database", f"{busy.connections}")
    shown.add_row("wait for a lock", f"{busy.waited:.0f} s")
    shown.add_row("logs", f"{busy.disk / 1e6:.1f} MB")
    console.print(shown)
    grown = [after - earlier for after, earlier in zip(growth(warehouse), before, strict=True)]
    names = ("events", "runs", "ticks", "bytes of the database", "bytes of them Dagster's")
    console.print(
        f"In {seconds:.0f} s: " + ", ".join(f"{n:,} {name}" for n, name in zip(grown, names, strict=True)) + "."
    )
    times = [each for question in busy.asked.values() for each in question]
    if times:
        worst = max(busy.asked, key=lambda title: max(busy.asked[title]))
        console.print(
            f"{len(times):,} questions, median {statistics.median(times):.2f} s, worst {max(times):.1f} s ({worst});"
            f" {len(busy.problems)} failed: {Counter(busy.problems).most_common(3)}."
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--people", type=int, default=2)
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        home, defs = Path(temporary) / "home", Path(temporary) / "defs"
        configure(defs)
        os.environ["WISEPARTS_HOME"] = str(home)
        console.print("Preparing the demo ...")
        command = Path(sys.executable).with_name("wiseparts")
        subprocess.run([command, "demo", "--json"], check=True, capture_output=True)
        subprocess.run([command, "build"], check=True, capture_output=True)
        os.environ["WISEPARTS_DEFS"] = str(defs)
        with running_sources() as (configuration, server), Warehouse.open() as warehouse:
            assert server is not None
            console.print("Starting Dagster ...")
            with running_dagster(warehouse, free_port(), server.environment()):
                before, began = growth(warehouse), time.monotonic()
                with watched(warehouse, home, arguments.people) as busy:
                    drop_all(warehouse, configuration, server.root, arguments.files, arguments.minutes)
                    wait_for_builds(warehouse)
                report(warehouse, busy, before, time.monotonic() - began)
            console.print(compare(warehouse, from_scratch(warehouse, configuration)))


def from_scratch(warehouse: Warehouse, configuration: Configuration) -> Callable[[], None]:
    """Builds all of the marts from nothing."""

    def build() -> None:
        variables = {"feeds": feeds_variable(configuration.importers.values())}
        with exclusive_build(warehouse, console.print) as opened:
            built = build_marts(opened, variables=variables, full_refresh=True)
        assert not built.failures, built.failures

    return build


if __name__ == "__main__":
    main()
