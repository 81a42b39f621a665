"""How long orders take to the receiver's server while Dagster runs; `python -m benchmarks.exports --seconds`."""

import random
import statistics
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from benchmarks.running import Demo, demo
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.sample.shop import FOLDER

console = Console()

# Seconds from the import's commit to the folder on the server.
BOUNDS = {"median": 1.0, "95 %": 3.0, "slowest": 10.0}
MINUTES = 3.0
PATIENCE_SECONDS = 300
# Any number, for the same moments in each run.
SEED = 12
LINES = 3
HEADER = "order_id,line_no,placed_at,channel,status,customer_id,sku,quantity,unit_price,net_amount,currency"


def measure_seconds(orders: int) -> None:
    """Drops orders in files of their own at random moments, and compares with the bounds how long each took."""
    with demo() as running, running.running_dagster():
        _drop(running, orders)
        taken = sorted(_taken(running, orders))
    if len(taken) < orders:
        console.print(f"{orders - len(taken)} of {orders} orders are not delivered after {PATIENCE_SECONDS} s.")
    figures = {
        "median": statistics.median(taken),
        "95 %": statistics.quantiles(taken, n=20)[-1],
        "slowest": taken[-1],
    }
    table = Table(title=f"{len(taken)} orders in files of their own, from the import's commit to the server")
    for heading in ("", "seconds", "bound", "held"):
        table.add_column(heading, justify="left" if not heading else "right")
    for what, seconds in figures.items():
        held = "yes" if seconds <= BOUNDS[what] else "no"
        table.add_row(what, f"{seconds:.2f} s", f"{BOUNDS[what]:.0f} s", held)
    console.print(table)


def _drop(running: Demo, orders: int) -> None:
    importer = running.configuration.importer("shop_orders")
    with running.warehouse.connect() as connection:
        known = "select customer_id from raw.customers where _deleted_at is null order by customer_id limit 1"
        (customer,) = connection.execute(known).fetchall()[0]
    drawn = random.Random(SEED)
    began = time.monotonic()
    with console.status("Dropping files"):
        for number, moment in enumerate(sorted(drawn.uniform(0, MINUTES * 60) for _ in range(orders))):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            _write(importer, running.root / FOLDER / "Orders", f"BENCH-{number:04}", customer)


def _write(importer: ImporterSettings, folder: Path, order: str, customer: str) -> None:
    now = datetime.now(ZoneInfo(importer.timezone))
    rows = [
        f"{order},{line},{now:%Y-%m-%d %H:%M:%S},web,confirmed,{customer},BP-{line},2,12.50,25.00,EUR"
        for line in range(1, LINES + 1)
    ]
    # As a sender does: under another name until the file is complete.
    part = folder / f"{order}.part"
    part.write_text("\n".join([HEADER, *rows, ""]), encoding=importer.file.encoding)
    name = importer.patterns[0].replace("{date}", now.strftime(importer.date_format)).replace("*", f"_{order}")
    part.rename(folder / name)


def _taken(running: Demo, orders: int) -> list[float]:
    """Of each of the orders that were delivered, how many seconds it took; waits for all of them for a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    query = """
        select extract(epoch from delivered_at - noted_at)::float8 from ops.exports
        where record_key like 'BENCH-%' and delivered_at is not null
    """
    with console.status("Waiting"), running.warehouse.connect(autocommit=True) as connection:
        while len(taken := [seconds for (seconds,) in connection.execute(query)]) < orders:
            if time.monotonic() > deadline:
                break
            time.sleep(1)
    return taken
