"""Speed and memory of importing generated sales lines over the embedded SFTP server, compared with bare COPY.

`python -m benchmarks.imports [--rows N] [--memory-rows N,N,N]` prints the tables; every import runs in its own process.
"""

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks import checkpoint
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.sample import sales_lines, write_sample
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

# Upper bounds as ratios to COPY; those of bad and waiting rows to the clean file, that of their release to an import.
BOUNDS = {"new": 1.6, "unchanged": 1.0, "changed": 1.0, "bad": 1.3, "waiting": 2.0, "release": 1.0}
MEMORY_BOUND_MB = 400


@dataclass(frozen=True)
class Measure:
    """One import: wall-clock seconds, rows read, and the peak resident memory of its process in MB."""

    seconds: float
    rows: int
    peak_mb: float
    outcome: dict[str, int]


# By folder: sales lines, deferred sales lines, and products.
IMPORTERS: dict[str, dict[str, object]] = {
    "Sales": {"entity": "sales"},
    "WaitingSales": {"entity": "sales", "references": {"product_id": "wait"}},
    "Products": {"entity": "products"},
}


def peak_kilobytes() -> int:
    """The peak resident memory of this process; getrusage() would begin with that of the process that started it."""
    found = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1])


def importer(folder: str) -> ImporterSettings:
    settings: dict[str, object] = {"source": "bench", "folder": folder, "pattern": "*.csv", "timezone": "Europe/Athens"}
    return ImporterSettings.model_validate(settings | IMPORTERS[folder])


def source(environment: dict[str, str]) -> SourceSettings:
    return SourceSettings.model_validate(
        {
            "name": "bench",
            "protocol": "sftp",
            "host": environment["ERP_SFTP_HOST"],
            "port": int(environment["ERP_SFTP_PORT"]),
            "username": environment["ERP_SFTP_USER"],
            "private_key": environment["ERP_SFTP_KEY"],
            "known_hosts": environment["ERP_SFTP_KNOWN_HOSTS"],
            "root": environment["ERP_SFTP_ROOT"],
            "settle_seconds": 0,
        }
    )


def measure_import(home: Path, environment: dict[str, str], folder: str) -> Measure:
    """Imports the files of the folder in its own process."""
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.imports", "--child", json.dumps(environment), "--folder", folder],
        env={"WISEPARTS_HOME": str(home), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Measure(**json.loads(child.stdout))


def child(environment: dict[str, str], folder: str) -> None:
    with Warehouse.open() as warehouse:
        settings = source(environment)
        started = time.perf_counter()
        with connect(settings) as transport:
            result = run_import(Importer(importer(folder), settings, ()), transport, warehouse)
        seconds = time.perf_counter() - started
    ((file, released),) = ((done.file, done.released) for done in result.files)
    assert file.status.startswith("imported"), file
    outcome = {name: file.count(name) for name in ("created", "updated", "unchanged", "rejected", "waiting")}
    outcome["released"] = sum(released.values())
    peak_mb = peak_kilobytes() / 1024
    print(json.dumps({"seconds": seconds, "rows": file.rows_read, "peak_mb": peak_mb, "outcome": outcome}))


class Bench:
    """The embedded stack with the sample's customers and products, to which the sales lines refer."""

    def __init__(self, home: Path, warehouse: Warehouse, server: EmbeddedSftp) -> None:
        self.home = home
        self.warehouse = warehouse
        self.environment = server.environment()
        self.root = server.root

    def load_references(self) -> None:
        with TemporaryDirectory() as folder:
            write_sample(Path(folder))
            settings = SourceSettings.model_validate(
                {"name": "bench", "protocol": "local", "root": folder, "settle_seconds": 0}
            )
            os.environ.update(self.environment)
            importers = load_configuration(PACKAGE / "defs").importers
            with connect(settings) as transport:
                for name in ("customers", "products"):
                    run_import(Importer(importers[name], settings, ()), transport, self.warehouse)

    def empty_sales(self) -> None:
        with self.warehouse.connect(autocommit=True) as connection:
            connection.execute("truncate raw.sales")
        checkpoint(self.warehouse)

    def import_file(self, file: Path, folder: str = "Sales") -> Measure:
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / folder / file.name).hardlink_to(file)
        return measure_import(self.home, self.environment, folder)

    def take_out_products(self, share: int, file: Path) -> None:
        """Deletes every n-th product (`share`) and writes these to a file."""
        chosen = f"from raw.products where product_id ~ '^\\d+$' and product_id::int % {share} = 0"
        with self.warehouse.connect(autocommit=True) as connection:
            with (
                file.open("wb") as opened,
                connection.cursor() as cursor,
                cursor.copy(f"copy (select product_id, sku, name {chosen}) to stdout (format csv, header)") as copy,
            ):
                for data in copy:
                    opened.write(data)
            connection.execute(f"delete {chosen}")

    def copy(self, file: Path) -> float:
        """Bare COPY of the file into a table with the columns, types and key of raw.sales."""
        with self.warehouse.connect(autocommit=True) as connection:
            connection.execute("drop table if exists ops.bench_copy")
            connection.execute("create table ops.bench_copy (like raw.sales including indexes)")
            for column in ("_source", "_file_id", "_row_number", "_created_at", "_updated_at"):
                connection.execute(f"alter table ops.bench_copy alter {column} drop not null")
            checkpoint(self.warehouse)
            with file.open("rb") as opened:
                header = opened.readline().decode().strip()
                opened.seek(0)
                started = time.perf_counter()
                with (
                    connection.cursor() as cursor,
                    cursor.copy(f"copy ops.bench_copy ({header}) from stdin (format csv, header)") as copy,
                ):
                    while data := opened.read(1 << 20):
                        copy.write(data)
                seconds = time.perf_counter() - started
            connection.execute("drop table ops.bench_copy")
        return seconds


def change(file: Path, target: Path, share: int) -> None:
    """Writes the file with another description in every n-th row (`share`)."""
    with file.open(encoding="utf-8", newline="") as opened, target.open("w", encoding="utf-8", newline="") as written:
        rows, writer = csv.reader(opened), csv.writer(written, lineterminator="\n")
        header = next(rows)
        writer.writerow(header)
        at = header.index("description")
        for number, row in enumerate(rows, 1):
            if number % share == 0:
                row[at] += " (changed)"
            writer.writerow(row)


def speed(bench: Bench, rows: int, folder: Path) -> None:
    clean, dirty, products = folder / "clean.csv", folder / "dirty.csv", folder / "products.csv"
    changed_file = folder / "changed.csv"
    sales_lines(rows, clean)
    change(clean, changed_file, 100)
    sales_lines(rows, dirty, bad_percent=2)
    bench.empty_sales()
    copied = min(bench.copy(clean) for _ in range(2))
    new = bench.import_file(clean)
    again = bench.import_file(clean)
    changed = bench.import_file(changed_file)
    bench.empty_sales()
    bad = bench.import_file(dirty)
    bench.take_out_products(5, products)
    bench.empty_sales()
    waiting = bench.import_file(clean, "WaitingSales")
    release = bench.import_file(products, "Products")
    assert (new.outcome["created"], again.outcome["unchanged"]) == (rows, rows), (new, again)
    assert (changed.outcome["updated"], changed.outcome["unchanged"]) == (rows // 100, rows - rows // 100), changed
    assert bad.outcome["created"] + bad.outcome["rejected"] == rows, bad
    deferred = waiting.outcome["waiting"]
    assert deferred + waiting.outcome["created"] == rows, waiting
    assert deferred == release.outcome["released"], (waiting, release)
    share = f"{100 * deferred / rows:.0f} %"
    # Name, seconds, rows; the bound, if there is one, and the seconds that it is a ratio to.
    results: list[tuple[str, float, int, float | None, float]] = [
        ("bare COPY into a keyed table", copied, rows, None, copied),
        ("import, all rows new", new.seconds, rows, BOUNDS["new"], copied),
        ("import again, nothing changed", again.seconds, rows, BOUNDS["unchanged"], copied),
        ("import again, 1 % changed", changed.seconds, rows, BOUNDS["changed"], copied),
        ("import, 2 % bad rows, against the clean file", bad.seconds, rows, BOUNDS["bad"], new.seconds),
        (
            f"import, {share} of the rows deferred, against the clean file",
            waiting.seconds,
            rows,
            BOUNDS["waiting"],
            new.seconds,
        ),
        (
            "import of the products that they are waiting for, against an import of as many rows",
            release.seconds,
            deferred,
            BOUNDS["release"],
            new.seconds * deferred / rows,
        ),
    ]
    table = Table(title=f"{rows:,} sales lines, {clean.stat().st_size / 1e6:.0f} MB")
    for column in ("what", "seconds", "rows per second", "ratio to COPY", "bound", "held"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for what, seconds, loaded, bound, base in results:
        table.add_row(
            what,
            f"{seconds:.2f}",
            f"{loaded / seconds:,.0f}",
            f"{seconds / copied:.2f}",
            "" if bound is None else f"{seconds / base:.2f} of {bound:.1f}",
            "" if bound is None else ("yes" if seconds / base <= bound else "no"),
        )
    console.print(table)


def memory(bench: Bench, sizes: list[int], folder: Path) -> None:
    table = Table(title="Peak memory of an import")
    for column in ("rows", "seconds", "rows per second", "peak MB", "bound MB", "held"):
        table.add_column(column, justify="right")
    for rows in sizes:
        file = folder / f"memory_{rows}.csv"
        sales_lines(rows, file)
        bench.empty_sales()
        measured = bench.import_file(file)
        file.unlink()
        table.add_row(
            f"{rows:,}",
            f"{measured.seconds:.2f}",
            f"{rows / measured.seconds:,.0f}",
            f"{measured.peak_mb:.0f}",
            str(MEMORY_BOUND_MB),
            "yes" if measured.peak_mb <= MEMORY_BOUND_MB else "no",
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--memory-rows", default="100000,1000000,5000000")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(json.loads(arguments.child), arguments.folder)
        return
    with TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        home.mkdir()
        with Warehouse.open(home) as warehouse, EmbeddedSftp.running(home, folders=["Sales"]) as server:
            bench = Bench(home, warehouse, server)
            console.print("Loading the sample's customers and products ...")
            bench.load_references()
            console.print(
                f"Importing {arguments.rows:,} lines: new, again, changed, bad, and deferred until products arrive ..."
            )
            speed(bench, arguments.rows, server.root)
            console.print("Importing small and large files to measure memory ...")
            memory(bench, [int(rows) for rows in arguments.memory_rows.split(",") if rows], server.root)


if __name__ == "__main__":
    main()
