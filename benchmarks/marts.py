"""Times of the marts on millions of sales lines: a build from scratch, builds after changes, and everyday questions.

`python -m benchmarks.marts [--rows N] [--check]` prints the tables; with --check also how many rows of the
incrementally built tables differ from those of a build from scratch.
"""

import argparse
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from dbt_common.events.base_types import EventMsg
from psycopg import sql
from rich.console import Console
from rich.table import Table

from benchmarks.changes import CORRECTIONS, DELETIONS, MOVED_FAMILY, YEARS, load_history
from benchmarks.comparison import compare
from benchmarks.questions import everyday_questions
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.dbt import lineage
from wiseparts_pipeline.dbt.builds import OpenWarehouse, build_marts, exclusive_build
from wiseparts_pipeline.dbt.manifest import parsed_for
from wiseparts_pipeline.dbt.state import built_models, due_models
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.changes import current_versions, note_changes
from wiseparts_pipeline.sample import write_sample
from wiseparts_pipeline.sample.model.days import LAST_DAY
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

# Upper bounds of builds, as shares of one from scratch; and in seconds when nothing has changed.
DAY_BOUND, CORRECTIONS_BOUND, FAMILY_BOUND = 0.03, 0.08, 0.20
UNCHANGED_BOUND_SECONDS = 4
# Upper bounds for an everyday question, on the sample and on the lines of a benchmark.
SAMPLE_BOUND_SECONDS, QUESTION_BOUND_SECONDS = 1, 3
# What Dagster builds after the import of a sales file, here built although nothing has changed.
OF_SALES = "stg_sales+"
# No model is due because the day has changed.
ANY_DAY = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Times:
    """Seconds of a build, and those until its first model; how many models and tests it had."""

    seconds: float
    start: float
    nodes: int


class Bench:
    """A warehouse with the sample and millions of sales lines."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.configuration = load_configuration(PACKAGE / "defs")
        self.source = SourceSettings.model_validate(
            {"name": "bench", "protocol": "local", "root": str(folder), "settle_seconds": 0}
        )

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator["Bench"]:
        """On a database of its own, with the sample imported and its marts built."""
        with TemporaryDirectory() as temporary:
            home, folder = Path(temporary) / "home", Path(temporary) / "files"
            home.mkdir()
            folder.mkdir()
            os.environ["WISEPARTS_HOME"] = str(home)
            # The packaged importers refer to the server of the demo, which is not used here.
            os.environ.update(EmbeddedSftp(home / "sftp", port=22).environment())
            with Warehouse.open() as warehouse:
                bench = cls(warehouse, folder)
                console.print("Loading the sample ...")
                bench.load_sample()
                bench.build()
                yield bench

    def load_history(self, rows: int) -> None:
        """Add sales lines until there are this many, which the marts do not have yet."""
        console.print(f"Generating {rows:,} sales lines ...")
        load_history(self.warehouse, rows)

    def load_sample(self) -> None:
        write_sample(self.folder)
        for importer in self.configuration.importers:
            self.import_pending(importer)

    def import_pending(self, importer: str) -> None:
        with connect(self.source) as transport:
            run_import(Importer(self.configuration.importer(importer), self.source, ()), transport, self.warehouse)

    def change(self, entity: str, *statements: str) -> None:
        """Change rows of an entity as an import does, for which its next build is due."""
        self.execute(*statements)
        with self.warehouse.connect(autocommit=True) as connection, connection.transaction():
            note_changes(connection, 0, [entity])

    def execute(self, *statements: str) -> None:
        with self.warehouse.connect(autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def import_day(self, lines: int) -> None:
        """Import a file of the last day with a usual number of lines, half of them existing ones with new prices."""
        file = self.folder / "Sales" / f"SALES_{LAST_DAY:%d_%m_%Y}_day.csv"
        query = sql.SQL(
            """
            copy (
                select case when line_no > 2 then invoice_id else 'D' || invoice_id end as invoice_id, line_no,
                    invoice_date, document_type, customer_id, branch_id, product_id, quantity,
                    unit_price + 1 as unit_price, net_amount + 1 as net_amount, cost_amount, currency, sales_rep_id,
                    channel, order_id
                from raw.sales order by invoice_date desc, invoice_id limit {}
            ) to stdout (format csv, header)
            """
        ).format(lines)
        with (
            self.warehouse.connect() as connection,
            connection.cursor() as cursor,
            cursor.copy(query) as copy,
            file.open("wb") as opened,
        ):
            for data in copy:
                opened.write(data)
        shutil.copy(file, self.folder / "again.csv")
        self.import_pending("sales")

    def import_day_again(self) -> None:
        """Import the same file once more, which changes nothing."""
        shutil.move(self.folder / "again.csv", self.folder / "Sales" / f"SALES_{LAST_DAY:%d_%m_%Y}_again.csv")
        self.import_pending("sales")

    def build(self, *select: str, full_refresh: bool = False) -> Times:
        """Build and test, as of the sample's last day."""
        return self._build(lambda _opened: select, full_refresh=full_refresh)

    def build_due(self) -> Times:
        """Build and test what is due, as Dagster does."""

        def due(opened: OpenWarehouse) -> Sequence[str] | None:
            models = lineage.models(lineage.as_json(parsed_for(opened.environment)))
            connection = opened.connection
            # The benchmark is as of its last day, and not as of today.
            built = {name: replace(each, as_of=None) for name, each in built_models(connection).items()}
            # Nothing is built when nothing is due; an empty selection would be everything.
            return due_models(models, built, current_versions(connection), ANY_DAY) or None

        return self._build(due)

    def _build(self, select: Callable[[OpenWarehouse], Sequence[str] | None], *, full_refresh: bool = False) -> Times:
        started = time.perf_counter()
        first: list[float] = []

        def on_event(event: EventMsg) -> None:
            if event.info.name == "LogStartLine":
                first.append(time.perf_counter() - started)

        nodes = 0
        with exclusive_build(self.warehouse, console.print) as opened:
            chosen = select(opened)
            if chosen is not None:
                variables = {"as_of": str(LAST_DAY)}
                build = build_marts(opened, chosen, variables=variables, full_refresh=full_refresh, on_event=on_event)
                assert not build.failures, build.failures
                nodes = len(build.nodes)
        seconds = time.perf_counter() - started
        return Times(seconds, first[0] if first else seconds, nodes)

    def seconds_of(self, question: str) -> float:
        with self.warehouse.connect(read_only_analyst=True) as connection:
            started = time.perf_counter()
            connection.execute(question.encode()).fetchall()
            return time.perf_counter() - started


def builds(bench: Bench, lines: int) -> None:
    table = Table(title=f"Builds of the marts with their tests, {lines:,} sales lines of {YEARS} years")
    for column in ("what", "models and tests", "seconds", "dbt's start", "of a build from scratch", "bound", "held"):
        table.add_column(column, justify="left" if column == "what" else "right")

    def add(what: str, times: Times, share: str = "", bound: str = "", held: bool | None = None) -> None:
        start = f"{times.start:.1f}" if times.nodes else ""
        shown = "" if held is None else "yes" if held else "no"
        table.add_row(what, str(times.nodes), f"{times.seconds:.1f}", start, share, bound, shown)

    from_scratch = bench.build(full_refresh=True)
    add("everything, from scratch", from_scratch)
    steps: list[tuple[str, Callable[[], None], float]] = [
        ("a day's file", lambda: bench.import_day(lines // (YEARS * 365)), DAY_BOUND),
        (
            "late corrections in ten months and deletions",
            lambda: bench.change("sales", CORRECTIONS, DELETIONS),
            CORRECTIONS_BOUND,
        ),
        ("a moved brand family", lambda: bench.change("brand_families", MOVED_FAMILY), FAMILY_BOUND),
    ]
    for what, change, bound in steps:
        change()
        times = bench.build_due()
        share = times.seconds / from_scratch.seconds
        add(what, times, f"{100 * share:.1f} %", f"{100 * bound:.0f} %", share <= bound)
    bench.import_day_again()
    times = bench.build_due()
    add("nothing changed", times, "", f"{UNCHANGED_BOUND_SECONDS} s", times.seconds <= UNCHANGED_BOUND_SECONDS)
    add("all that is made of sales, though nothing changed", bench.build(OF_SALES))
    console.print(table)


def questions(bench: Bench, lines: int, bound: float) -> None:
    table = Table(title=f"Everyday questions of docs/marts.md, {lines:,} sales lines")
    for column in ("question", "seconds", "bound", "held"):
        table.add_column(column, justify="left" if column == "question" else "right")
    for question in everyday_questions():
        seconds = bench.seconds_of(question.query)
        table.add_row(question.title, f"{seconds:.2f}", f"{bound:.0f}", "yes" if seconds <= bound else "no")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--check", action="store_true", help="compare with a build from scratch, row by row")
    arguments = parser.parse_args()
    with Bench.opened() as bench:
        questions(bench, 61_000, SAMPLE_BOUND_SECONDS)
        bench.load_history(arguments.rows)
        builds(bench, arguments.rows)
        questions(bench, arguments.rows, QUESTION_BOUND_SECONDS)
        if arguments.check:
            console.print(compare(bench.warehouse, lambda: bench.build(full_refresh=True)))


if __name__ == "__main__":
    main()
