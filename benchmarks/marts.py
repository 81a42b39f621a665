"""Times of the marts on millions of sales lines: a build from scratch, builds after changes, and everyday questions.

`python -m benchmarks.marts [--rows N] [--check]` prints the tables; with --check also how many rows of the
incrementally built tables differ from those of a build from scratch.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psycopg import sql
from rich.console import Console
from rich.table import Table

from benchmarks.comparison import compare
from benchmarks.questions import everyday_questions
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.dbt.builds import build_marts, exclusive_build
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.sample import write_sample
from wiseparts_pipeline.sample.model.days import LAST_DAY
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse

console = Console()

YEARS = 5
# Upper bound for a build after a daily file, as a share of a build from scratch.
BOUND = 0.05
# Upper bounds for an everyday question, on the sample and on the lines of a benchmark.
SAMPLE_BOUND_SECONDS, QUESTION_BOUND_SECONDS = 1, 3
# What Dagster builds after the import of a sales file.
OF_SALES = "stg_sales+"
OF_FAMILIES = "stg_brand_families+"

# Invoices of five lines, every fortieth a credit note, spread evenly over the years; every sixth has a web order, and
# every tenth line has no cost.
HISTORY = """
insert into raw.sales (
    invoice_id, line_no, invoice_date, document_type, customer_id, branch_id, product_id, description, quantity,
    unit_price, discount_percent, net_amount, tax_amount, cost_amount, currency, sales_rep_id, channel, warehouse_id,
    order_id, ship_to_country, _source, _file_id, _row_number
)
select
    'H-' || lpad(invoice::text, 8, '0'),
    line_no,
    %(last)s::date - ((invoices - invoice) * %(days)s / invoices)::int,
    case when is_credit then 'credit_note' else 'invoice' end,
    customers.customer_id,
    branches.branch_id,
    products.product_id,
    products.name,
    sign * quantity,
    price,
    0,
    sign * quantity * price,
    sign * round(quantity * price * 0.24, 2),
    case when (invoice + line_no) %% 10 <> 0 then sign * round(quantity * price * 0.7, 2) end,
    customers.currency,
    customers.sales_rep_id,
    case when invoice %% 6 = 0 then 'web' else 'phone' end,
    'MAIN',
    case when invoice %% 6 = 0 then 'WEB-' || invoice end,
    'GR',
    'bench',
    0,
    0
from (
    select
        %(lines)s / 5 as invoices,
        (select count(*) from raw.customers where customer_id is not null) as customers,
        (select count(*) from raw.products where product_id is not null) as products
) as totals
cross join generate_series(1, invoices) as invoice
cross join generate_series(1, 5) as line_no
cross join lateral (
    select
        invoice %% 40 = 0 as is_credit,
        case when invoice %% 40 = 0 then -1 else 1 end as sign,
        (hashint8(invoice * 7 + 1) & 1073741823) %% totals.customers as buyer,
        (hashint8(invoice * 5 + line_no) & 1073741823) %% totals.products as part,
        1 + (hashint8(invoice * 11 + line_no) & 15) as quantity,
        (500 + (hashint8(invoice * 13 + line_no) & 16383)) / 100.0 as price
) as drawn
inner join (
    select row_number() over (order by customer_id) - 1 as number, customer_id,
        coalesce(currency, 'EUR') as currency, sales_rep_id
    from raw.customers where customer_id is not null
) as customers on customers.number = drawn.buyer
left join (
    select customer_id, min(branch_id) as branch_id from raw.customer_branches group by customer_id
) as branches on branches.customer_id = customers.customer_id
inner join (
    select row_number() over (order by product_id) - 1 as number, product_id, name
    from raw.products where product_id is not null
) as products on products.number = drawn.part
"""

CORRECTIONS = """
with chosen as (
    select ctid, invoice_date from raw.sales
    where extract(month from invoice_date) in (3, 9) and hashtext(invoice_id) % 500 = 0
)
update raw.sales as sales
set net_amount = net_amount + 1, invoice_date = sales.invoice_date + 20, _updated_at = statement_timestamp()
from chosen where chosen.ctid = sales.ctid
"""
DELETIONS = """
update raw.sales
set _deleted_at = statement_timestamp(), _updated_at = statement_timestamp()
where invoice_date between date '2023-05-01' and date '2023-05-31' and hashtext(invoice_id) % 100 = 0
"""
MOVED_FAMILY = """
update raw.brand_families
set
    parent_family_id = (
        select min(family_id) from raw.brand_families as other
        where other.parent_family_id is null and other.family_id <> raw.brand_families.parent_family_id
    ),
    _updated_at = statement_timestamp()
where family_id = (select min(family_id) from raw.brand_families where parent_family_id is not null)
"""


class Bench:
    """A warehouse with the sample and millions of sales lines."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.configuration = load_configuration(PACKAGE / "defs")
        self.source = SourceSettings.model_validate(
            {"name": "bench", "protocol": "local", "root": str(folder), "settle_seconds": 0}
        )

    def load_sample(self) -> None:
        write_sample(self.folder)
        for importer in self.configuration.importers:
            self.import_pending(importer)

    def import_pending(self, importer: str) -> None:
        with connect(self.source) as transport:
            run_import(Importer(self.configuration.importer(importer), self.source, ()), transport, self.warehouse)

    def execute(self, *statements: str, **parameters: Any) -> None:
        with self.warehouse.connect(autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode(), parameters or None)

    def load_history(self, lines: int) -> None:
        self.execute("truncate raw.sales")
        self.execute(HISTORY, lines=lines, last=LAST_DAY, days=YEARS * 365)
        self.execute("vacuum analyze raw.sales", "checkpoint")

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
        self.import_pending("sales")

    def build(self, *select: str, full_refresh: bool = False) -> float:
        """Build and test as Dagster does, as of the sample's last day; return the seconds taken."""
        variables = {"as_of": str(LAST_DAY)}
        started = time.perf_counter()
        with exclusive_build(self.warehouse, console.print) as opened:
            build = build_marts(opened, select, variables=variables, unit_tests=False, full_refresh=full_refresh)
        seconds = time.perf_counter() - started
        assert not build.failures, build.failures
        return seconds

    def seconds_of(self, question: str) -> float:
        with self.warehouse.connect(read_only_analyst=True) as connection:
            started = time.perf_counter()
            connection.execute(question.encode()).fetchall()
            return time.perf_counter() - started


def builds(bench: Bench, lines: int) -> None:
    table = Table(title=f"Builds of the marts with their tests, {lines:,} sales lines of {YEARS} years")
    for column in ("what", "seconds", "of a build from scratch", "bound", "held"):
        table.add_column(column, justify="left" if column == "what" else "right")

    from_scratch = bench.build(full_refresh=True)
    table.add_row("everything, from scratch", f"{from_scratch:.1f}", "", "", "")

    steps: list[tuple[str, Callable[[], None], str, float | None]] = [
        ("a day's file", lambda: bench.import_day(lines // (YEARS * 365)), OF_SALES, BOUND),
        ("the same again, nothing changed", lambda: None, OF_SALES, None),
        ("late corrections in ten months and deletions", lambda: bench.execute(CORRECTIONS, DELETIONS), OF_SALES, None),
        ("a moved brand family", lambda: bench.execute(MOVED_FAMILY), OF_FAMILIES, None),
    ]
    for what, change, select, bound in steps:
        change()
        seconds = bench.build(select)
        share = seconds / from_scratch
        table.add_row(
            what,
            f"{seconds:.1f}",
            f"{100 * share:.1f} %",
            "" if bound is None else f"{100 * bound:.0f} %",
            "" if bound is None else ("yes" if share <= bound else "no"),
        )
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
    with TemporaryDirectory() as temporary:
        home, folder = Path(temporary) / "home", Path(temporary) / "files"
        home.mkdir()
        folder.mkdir()
        os.environ["WISEPARTS_HOME"] = str(home)
        # The packaged importers refer to the server of the demo, which is not used here.
        os.environ.update(EmbeddedSftp(home / "sftp", port=22).environment())
        with Warehouse.open() as warehouse:
            bench = Bench(warehouse, folder)
            console.print("Loading the sample ...")
            bench.load_sample()
            bench.build()
            questions(bench, 61_000, SAMPLE_BOUND_SECONDS)
            console.print(f"Generating {arguments.rows:,} sales lines ...")
            bench.load_history(arguments.rows)
            builds(bench, arguments.rows)
            questions(bench, arguments.rows, QUESTION_BOUND_SECONDS)
            if arguments.check:
                console.print(compare(warehouse, lambda: bench.build(full_refresh=True)))


if __name__ == "__main__":
    main()
