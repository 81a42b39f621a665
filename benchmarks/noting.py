"""What an exporter costs the imports of the records that it exports; `python -m benchmarks.exports --import`."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks import checkpoint
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

# Of the time with an exporter to that without.
IMPORT_BOUND = 1.15
LINES_AN_ORDER = 5
HEADER = (
    "order_id,line_no,placed_at,channel,status,customer_id,sku,product_id,description,quantity,unit_price,net_amount,"
    "shipping_amount,tax_amount,currency,ship_to_address_id,email,note"
)


@dataclass(frozen=True)
class Case:
    """Orders of which one in `exported` is to be exported."""

    what: str
    exported: int
    source: str = "shop"


CASES = (
    Case("one order in ten is to be exported", 10),
    Case("every order is to be exported", 1),
    Case("none, as they are of another source", 1, "erp"),
)


def measure_import(lines: int, rounds: int) -> None:
    """Imports as many new order lines with and without an exporter, in turn, and compares the best of each."""
    table = Table(title=f"Imports of {lines:,} new order lines, {LINES_AN_ORDER} an order")
    for heading in ("orders", "without an exporter", "with one", "ratio", "bound", "held"):
        table.add_column(heading, justify="left" if heading == "orders" else "right")
    with TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        home.mkdir()
        with Warehouse.open(home) as warehouse:
            for case in CASES:
                seconds: dict[bool, list[float]] = {False: [], True: []}
                for _ in range(rounds):
                    for exports in seconds:
                        seconds[exports].append(_import(warehouse, Path(temporary), lines, case, exports=exports))
                without, with_one = (min(each) for each in seconds.values())
                ratio = with_one / without
                cells = [f"{without:.2f} s", f"{with_one:.2f} s", f"{ratio:.2f}", f"{IMPORT_BOUND:.2f}"]
                table.add_row(case.what, *cells, "yes" if ratio <= IMPORT_BOUND else "no")
    console.print(table)


def _import(warehouse: Warehouse, folder: Path, lines: int, case: Case, *, exports: bool) -> float:
    """Seconds to import the orders into an empty table."""
    orders = folder / case.source
    orders.mkdir(exist_ok=True)
    with (orders / "orders.csv").open("w", encoding="utf-8") as file:
        file.write(f"{HEADER}\n")
        for number in range(lines):
            order, line = divmod(number, LINES_AN_ORDER)
            status = "confirmed" if order % case.exported == 0 else "shipped"
            file.write(
                f"WEB-{order:08},{line + 1},2025-01-14 09:32:05,web,{status},C{order % 5000:05},BP-{number % 20000:05},"
                f'{100000 + number % 20000},"Brake pad set, front axle",2,48.90,97.80,,24.55,EUR,A{order % 5000:05},'
                f"orders{order % 5000}@workshop.example,\n"
            )
    source = SourceSettings(name=case.source, protocol="local", root=str(orders), settle_seconds=0)
    importer = ImporterSettings(entity="orders", source=case.source, folder="", pattern="*.csv")
    exporter = ExporterSettings.model_validate({"entity": "orders", "to": "hub", "folder": "Out", "sources": ["shop"]})
    with warehouse.connect(autocommit=True) as connection:
        connection.execute("truncate raw.orders, ops.exports")
    checkpoint(warehouse)
    started = time.perf_counter()
    with connect(source) as transport:
        (done,) = run_import(
            Importer(importer, source, (), exporters=(exporter,) if exports else ()), transport, warehouse
        ).files
    seconds = time.perf_counter() - started
    with warehouse.connect(autocommit=True) as connection:
        noted = connection.execute("select count(*) from ops.exports").fetchone()
    assert done.file.rows_created == lines, done
    expected = lines // LINES_AN_ORDER // case.exported if exports and case.source == "shop" else 0
    assert noted == (expected,), noted
    return seconds
