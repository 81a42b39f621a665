"""A database of the previous release goes on with this one: nothing is lost, and marts are as built from scratch.

`0.1.0.sql.xz` is pg_dump's output of a database that 0.1.0 imported a part of the sample into, with rejected and
deferred rows and a refused file, and built the marts of, as of 2025-12-31.
"""

import lzma
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from benchmarks.comparison import differing_rows
from tests.conftest import SESSION, database
from tests.importing.drop import COUNTS
from tests.installation import Installation
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.warehouse import ANALYST, Warehouse
from wiseparts_pipeline.warehouse.embedded import binaries

DUMP = Path(__file__).with_name("0.1.0.sql.xz")
AS_OF = "2025-12-31"
# The later ones excepted.
LOADED = [f"raw.{name}" for name, each in ENTITIES.items() if each.group != "purchasing" and name != "sales_reps"]


@pytest.fixture
def restored(postgres_url: str) -> Iterator[Warehouse]:
    """The database as the previous release left it."""
    with database(postgres_url, template="template0", name=f"test_{SESSION}") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            if not connection.execute("select from pg_roles where rolname = %s", [ANALYST]).rowcount:
                connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(ANALYST)))
        psql: list[str | Path] = [binaries() / "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", url]
        subprocess.run(psql, input=lzma.decompress(DUMP.read_bytes()), check=True, stdout=subprocess.DEVNULL)
        yield Warehouse(url)


@pytest.fixture
def installation(restored: Warehouse, tmp_path: Path, dbt_target: Path) -> Installation:
    """The new release on that database, with a few of the importers that it had."""
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": restored.url})
    installation.share_parsed(dbt_target)
    installation.source("erp", protocol="local", root=str(installation.drop), settle_seconds=0)
    for entity in ("products", "sales", "brand_families"):
        installation.importer(entity, source="erp", pattern="{date}.csv")
    return installation


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def sizes(warehouse: Warehouse, *tables: str) -> dict[str, int]:
    return {table: rows(warehouse, f"select count(*) from {table}")[0][0] for table in tables}


def test_nothing_is_lost(restored: Warehouse) -> None:
    tables = (*LOADED, "raw.due_docs_history", "ops.import_files", "ops.rejected_rows", "ops.waiting_rows")
    cells = "file_id, row_number, column_name, code, value, raw::text, status"
    entries = f"select {cells} from ops.rejected_rows order by 1, 2, 3"
    before, entries_before = sizes(restored, *tables), rows(restored, entries)
    assert all(before.values())

    restored.prepare()

    assert sizes(restored, *tables) == before
    assert rows(restored, entries) == entries_before
    accounted_for = " + ".join(f"rows_{name}" for name in COUNTS if name != "read")
    assert rows(restored, f"select name from ops.import_files where rows_read <> {accounted_for}") == []


def test_deferred_rows_are_loaded_when_their_records_arrive(restored: Warehouse, installation: Installation) -> None:
    restored.prepare()
    waiting = [sku for (sku,) in rows(restored, "select distinct sku from ops.waiting_inventory order by sku")]
    products = [f"N{number},{sku},New" for number, sku in enumerate(waiting)]
    installation.put("Products/2026-01-02.csv", "product_id,sku,name", *products)

    assert installation.run("import", "products").status == 0

    assert sizes(restored, "ops.waiting_rows") == {"ops.waiting_rows": 0}
    stored = rows(restored, "select distinct sku from raw.inventory where _deleted_at is null")
    assert set(waiting) <= {sku for (sku,) in stored}
    assert rows(restored, "select distinct rows_waiting, status from ops.import_files where entity = 'inventory'") == [
        (0, "imported")
    ]


def test_marts_go_on_from_those_of_the_previous_release(restored: Warehouse, installation: Installation) -> None:
    restored.prepare()
    columns = "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency"
    (changed,) = rows(restored, "select invoice_id, line_no, invoice_date::date from raw.sales order by 1, 2 limit 1")
    lines = [",".join(map(str, [*changed, 2, "7.00", "14.00", "EUR"])), "NEW,1,2025-12-30,1,5.00,5.00,EUR"]
    installation.put("Sales/2025-12-31.csv", columns, *lines)
    assert installation.run("import", "sales").status == 0

    built = installation.run("build", "--as-of", AS_OF)
    assert built.status == 0, built.err

    def from_scratch() -> None:
        assert installation.run("build", "--as-of", AS_OF, "--full-refresh").status == 0

    assert {table: count for table, count in differing_rows(restored, from_scratch).items() if count} == {}
    amount = "select net_amount from marts.fct_sales where invoice_id = 'NEW'"
    assert rows(restored, amount) == rows(restored, "select 5.00::numeric")
