"""What ITscope costs: an export of 120,000 products compared with COPY, their matches with ours, and 5,000 prices.

`python -m benchmarks.market [--products N] [--ours N] [--prices N] [--rounds N]` prints the tables. The service is that
of the tests, a thread of this process; prices are asked for by three processes.
"""

import argparse
import io
import json
import multiprocessing
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg import sql
from rich.console import Console
from rich.table import Table

from tests.connections.itscope.server import Market, running
from tests.connections.itscope.server.catalogue import offer, product
from tests.installation import Installation
from tests.matching.catalogue import OUR_COLUMNS, THEIR_COLUMNS, catalogue, ean
from tests.matching.records import put
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.itscope import Client
from wiseparts_pipeline.connections.logins import logged_in
from wiseparts_pipeline.matching.service import find_matches
from wiseparts_pipeline.warehouse import Connection, Warehouse

console = Console()

# Of the time of an import to that of COPY; MB; of the requests that the limit allows.
TIME_BOUND, MEMORY_BOUND, RATE_BOUND = 2.0, 380, 0.9
# Seconds.
MATCHING_BOUND = 60
LIMIT = 4
PROCESSES = 3
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_SPAWN = multiprocessing.get_context("spawn")

# The columns of the export, with those of the table.
COLUMNS = {
    "puid": "puid",
    "ean": "ean",
    "manufacturerSKU": "manufacturer_sku",
    "manufacturerId": "manufacturer_id",
    "manufacturerName": "manufacturer_name",
    "productName": "name",
    "shortDescription": "short_description",
    "longDescription": "description",
    "productTypeId": "category_id",
    "productLine": "product_line",
    "productModel": "product_model",
    "customsTariffNumber": "customs_tariff_number",
    "estimateGrossWeight": "gross_weight_kg",
    "recommendedRetailPriceNet": "list_price",
    "currencyCode": "currency",
    "deeplink": "url",
}


def lines(products: int) -> Iterator[str]:
    """A product about as large as a real one."""
    yield "\t".join(COLUMNS)
    for puid in range(1, products + 1):
        yield (
            f"{puid}\t{4_000_000_000_000 + puid}\tMS-{puid}\t{puid % 900}\tMaker {puid % 900}\tBearing {puid}, front"
            f"\tBearing with seal, {puid % 70} mm\tA bearing for the front axle, with a seal on both sides and grease"
            f" for the life of the car; fits {puid % 300} models.\t{puid % 500}\tLine {puid % 40}\tM{puid % 1000}"
            f"\t84821010\t{puid % 90}.25\t{puid % 1000}.90\tEUR\thttps://market.example.com/{puid}"
        )


@contextmanager
def installed(folder: Path, url: str) -> Iterator[tuple[Installation, Warehouse]]:
    """With a database of its own, which lasts as long."""
    installation = Installation(folder)
    given = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key", "timeout_seconds": 60}
    installation.component("Connection", "market", {"name": "market", "system": "itscope", **given})
    for entity, chosen in {
        "manufacturers": {},
        "supplier_categories": {},
        "supplier_products": {"exports": [UUID]},
    }.items():
        installation.component("Pull", entity, {"connection": "market", "entity": entity, **chosen})
    os.environ["WISEPARTS_HOME"] = installation.environment["WISEPARTS_HOME"]
    with Warehouse.open() as warehouse:
        yield installation, warehouse


def copy(database: Connection, text: bytes) -> float:
    """Seconds to copy the same rows into a table with the same key."""
    chosen = sql.SQL(", ").join(map(sql.Identifier, COLUMNS.values()))
    database.execute("drop table if exists ops.copied")
    database.execute(sql.SQL("create table ops.copied as select {} from raw.supplier_products limit 0").format(chosen))
    database.execute("alter table ops.copied add primary key (puid)")
    started = time.perf_counter()
    statement = sql.SQL("copy ops.copied ({}) from stdin with (format csv, header, delimiter E'\\t')").format(chosen)
    with database.cursor().copy(statement) as copying:
        copying.write(text)
    return time.perf_counter() - started


def pull(installation: Installation, database: Connection, name: str = "supplier_products") -> tuple[float, float]:
    """Seconds of the import of an export, and the MB that the whole command needed."""
    command = [str(Path(sys.executable).with_name("wiseparts")), "pull", name, "--no-progress", "--json"]
    process = subprocess.Popen(
        command, env=installation.environment, cwd=installation.folder, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told
    row = database.execute(
        "select extract(epoch from finished_at - started_at) from ops.import_files order by file_id desc limit 1"
    ).fetchone()
    assert row is not None
    return float(row[0]), used.ru_maxrss / 1024


def match(warehouse: Warehouse, theirs: int, ours: int) -> tuple[float, int]:
    """Seconds to match so many products of a marketplace with so many of ours, and how many pairs are found."""
    made = catalogue(ours)
    # What they have and we have not, with names like those of ours.
    for number, (_, name, manufacturer, *_) in enumerate(
        catalogue(theirs, seed=16).theirs[: theirs - len(made.theirs)]
    ):
        made.theirs.append([str(10_000_000 + number), name, manufacturer, ean(1_000_000 + number), f"Y{number}"])
    with warehouse.connect(autocommit=True) as database:
        database.execute("truncate raw.supplier_products, raw.manufacturers")
        put(database, "manufacturers", "manufacturer_id name", made.manufacturers)
        put(database, "products", OUR_COLUMNS, made.ours, source="erp")
        put(database, "supplier_products", THEIR_COLUMNS, made.theirs)
        started = time.perf_counter()
        find_matches(warehouse)
        seconds = time.perf_counter() - started
        row = database.execute("select count(*) from ops.matches where kind = 'product'").fetchone()
    assert row is not None
    return seconds, row[0]


def ask_for_prices(settings: dict[str, str], url: str, ids: list[str]) -> None:
    """What each process does."""
    connection = ConnectionSettings.model_validate(settings)
    with Warehouse(url).connect(autocommit=True) as database, logged_in(connection, database, Client) as client:
        for _ in client.products(ids, "standardUpdate"):
            pass


def prices(market: Market, url: str, warehouse: Warehouse, count: int) -> tuple[int, float, int]:
    """How many requests came, over how many seconds, and the most in any second."""
    market.asked.clear()
    ids = [str(number) for number in range(1, count + 1)]
    processes = []
    for number in range(PROCESSES):
        given = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key", "system": "itscope"}
        asked = ({**given, "name": f"market_{number}"}, warehouse.url, ids[number::PROCESSES])
        processes.append(_SPAWN.Process(target=ask_for_prices, args=asked))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    moments = sorted(asked.at for asked in market.asked)
    most = max(sum(first <= moment < first + 1 for moment in moments) for first in moments)
    return len(moments), moments[-1] - moments[0], most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=120_000)
    parser.add_argument("--ours", type=int, default=50_000)
    parser.add_argument("--prices", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    text = "\n".join((*lines(options.products), "")).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("product.csv", text)
    market = Market(
        exports={UUID: packed.getvalue()},
        manufacturers=[
            {"manufacturer": {"id": number, "name": f"Maker {number}", "shortName": f"M{number}", "deeplink": ""}}
            for number in range(900)
        ],
        product_types=[
            {"id": number, "name": f"Kind {number}", "productTypeGroup": {"id": "G", "name": "Group"}}
            for number in range(500)
        ],
    )
    for puid in range(1, options.prices + 1):
        market.products[puid] = product(puid, f"Bearing {puid}", offer(puid, 3, price=puid / 100, stock=puid % 9))
    with (
        TemporaryDirectory() as folder,
        running(market) as url,
        installed(Path(folder), url) as (installation, warehouse),
    ):
        table = Table(title=f"an export of {options.products:,} products, {len(packed.getvalue()) / 1e6:.1f} MB")
        for heading in ("round", "COPY", "imported", "ratio", "memory"):
            table.add_column(heading, justify="right")
        times, memory = [], 0.0
        with warehouse.connect(autocommit=True) as database:
            # What products refer to.
            for entity in ("manufacturers", "supplier_categories"):
                pull(installation, database, entity)
            for number in range(1, options.rounds + 1):
                database.execute("truncate raw.supplier_products")
                bare, (ours, megabytes) = copy(database, text), pull(installation, database)
                times.append((bare, ours))
                memory = max(memory, megabytes)
                row = (str(number), f"{bare:.2f} s", f"{ours:.2f} s", f"{ours / bare:.2f}", f"{megabytes:.0f} MB")
                table.add_row(*row)
        console.print(table)
        # Of the best of each: what else this machine does makes both slower, and not evenly.
        ratio = min(ours for _, ours in times) / min(bare for bare, _ in times)
        console.print(f"ratio {ratio:.2f} (at most {TIME_BOUND}), memory {memory:.0f} MB (at most {MEMORY_BOUND})")
        seconds, pairs = match(warehouse, options.products, options.ours)
        console.print(
            f"{options.products:,} products matched with {options.ours:,} of ours: {pairs:,} pairs in {seconds:.1f} s"
            f" (at most {MATCHING_BOUND} s)"
        )
        requests, seconds, most = prices(market, url, warehouse, options.prices)
        rate = (requests - 1) / seconds
        console.print(
            f"{options.prices:,} prices by {PROCESSES} processes: {requests} requests in {seconds:.1f} s,"
            f" {rate:.2f} a second, {rate / LIMIT:.0%} of the limit (at least {RATE_BOUND:.0%}); in any second"
            f" {most} at most (at most {LIMIT})"
        )


if __name__ == "__main__":
    main()
