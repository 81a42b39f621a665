"""UCI Online Retail: a year of invoices of a gift wholesaler, one file per day, over SFTP."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.dashboards.ties import sales
from tests.dashboards.ties.ties import compare
from tests.measuring import unmeasured
from tests.real.harness import DATA, Harness
from wiseparts_pipeline.importing.results import ImportOptions

DATA_SET = "uci_online_retail"
FILES = sorted((DATA / DATA_SET / "by-day").glob("*.csv"))

FACTS = {
    "lines of credit notes": "count(*) from raw.sales where document_type = 'credit_note'",
    "lines of invoices with a negative quantity": (
        "count(*) from raw.sales where document_type = 'invoice' and quantity < 0"
    ),
    "lines at a price of 0": "count(*) from raw.sales where unit_price = 0",
    "lines at a negative price": "count(*) from raw.sales where unit_price < 0",
    "lines without customer": "count(*) from raw.sales where customer_id is null",
    "countries of delivery": "count(distinct ship_to_country) from raw.sales",
    "net amount in GBP": "round(sum(net_amount), 2) from raw.sales",
}

# Of the page Sales, what is shown of invoices alone.
SHOWN = {
    *("sales/currencies", "sales/totals", "sales/months", "sales/families"),
    *("sales/representatives", "sales/groups"),
}


@pytest.fixture(scope="module")
def retail(harness: Harness) -> Harness:
    """All 305 days imported, and their marts built."""
    harness.drop("Invoices", FILES)
    unmeasured(harness.import_all)()
    marts = [f"+sales_by_{part}_monthly" for part in ("brand_family", "customer", "sales_rep")]
    harness.dbt.build("--select", *marts, "+dim_dates", "last_build", as_of="2012-01-01")
    return harness


def records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def net_amount(record: dict[str, str]) -> Decimal:
    return Decimal(record["Quantity"]) * Decimal(record["UnitPrice"])


def test_every_row_of_every_day_is_accounted_for(retail: Harness) -> None:
    rows = {path.name: sum(1 for _ in records(path)) for path in FILES}
    assert (len(rows), sum(rows.values())) == (305, 541_909)
    retail.assert_accounted_for(rows)
    assert retail.rejected() == []


@pytest.mark.parametrize("table", ["raw.sales", "marts.fct_sales"])
def test_net_amount_by_month_and_country_of_delivery_equals_the_files(retail: Harness, table: str) -> None:
    amounts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for path in FILES:
        for record in records(path):
            amounts[record["InvoiceDate"][:7], record["Country"]] += net_amount(record)
    found = retail.query(
        f"""
        select to_char(invoice_date, 'YYYY-MM'), ship_to_country, sum(net_amount) from {table} group by 1, 2
        """
    )
    assert {(month, country): amount for month, country, amount in found} == amounts


def test_sales_by_month_equal_the_files(retail: Harness) -> None:
    invoiced: dict[str, Decimal] = defaultdict(Decimal)
    credited: dict[str, Decimal] = defaultdict(Decimal)
    for path in FILES:
        for record in records(path):
            kind = credited if record["InvoiceNo"].startswith("C") else invoiced
            kind[record["InvoiceDate"][:7]] += net_amount(record)
    found = retail.query(
        """
        select to_char(month, 'YYYY-MM'), invoiced_amount, credited_amount
        from marts.sales_by_brand_family_monthly where level = 1 and sales_lines > 0
        """
    )
    assert {month: (invoices, credits_) for month, invoices, credits_ in found} == {
        month: (invoiced[month], credited[month]) for month in invoiced
    }


def test_the_page_sales_equals_the_lines_of_the_files(retail: Harness) -> None:
    ties = [tie for tie in sales.TIES if tie.state.keys() == {"currency"} and tie.query in SHOWN]

    assert compare(retail.warehouse, ties, currency="GBP") > len(SHOWN)


def test_the_best_products_by_country_equal_the_files(retail: Harness) -> None:
    sold: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for path in FILES:
        for record in records(path):
            sold[record["Country"]][record["StockCode"].strip()] += net_amount(record)
    found = retail.query(
        """
        select ship_to_country, product_id, net_amount
        from (
            select ship_to_country, product_id, sum(net_amount) as net_amount,
                row_number() over (
                    partition by ship_to_country order by sum(net_amount) desc, product_id collate "C"
                ) as place
            from marts.fct_sales group by ship_to_country, product_id
        ) as products
        where place <= 10
        order by ship_to_country, place
        """
    )
    best: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for country, product, amount in found:
        best[country].append((product, amount))
    assert best == {
        country: sorted(products.items(), key=lambda item: (-item[1], item[0]))[:10]
        for country, products in sold.items()
    }


def test_a_month_is_compared_with_the_previous_year_year_to_date_and_the_last_twelve(retail: Harness) -> None:
    net: dict[str, Decimal] = defaultdict(Decimal)
    invoices: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for record in records(path):
            month = record["InvoiceDate"][:7]
            net[month] += net_amount(record)
            if not record["InvoiceNo"].startswith("C"):
                invoices[month].add(record["InvoiceNo"])
    months = sorted(net)
    assert (months[0], months[-1], len(months)) == ("2010-12", "2011-12", 13)
    found = retail.query(
        """
        select to_char(month, 'YYYY-MM'), net_amount, invoices, previous_year_net_amount, year_to_date_net_amount,
            last_12_months_net_amount
        from marts.sales_by_customer_monthly where sales_lines > 0 order by month
        """
    )
    assert found == [
        (
            month,
            net[month],
            len(invoices[month]),
            net[f"{int(month[:4]) - 1}{month[4:]}"] if month == "2011-12" else None,
            sum(net[other] for other in months if other[:4] == month[:4] and other <= month),
            sum(net[other] for other in months if f"{int(month[:4]) - 1}{month[4:]}" < other <= month),
        )
        for month in months
    ]


def test_the_lines_of_an_invoice_are_numbered_in_the_order_of_the_file(retail: Harness) -> None:
    lines: Counter[str] = Counter()
    numbered = []
    for record in records(FILES[0]):
        lines[record["InvoiceNo"]] += 1
        numbered.append((record["InvoiceNo"], lines[record["InvoiceNo"]], record["StockCode"]))
    found = retail.query(
        f"""
        select invoice_id, line_no, product_id from raw.sales join ops.import_files on _file_id = file_id
        where name = '{FILES[0].name}' order by _row_number
        """
    )
    assert found == numbered


def test_customers_are_identified_by_number_and_the_unnamed_are_kept(retail: Harness) -> None:
    customers: Counter[str | None] = Counter()
    for path in FILES:
        customers.update(record["CustomerID"].removesuffix(".0") or None for record in records(path))
    assert dict(retail.query("select customer_id, count(*) from marts.fct_sales group by 1")) == customers


def test_a_day_that_is_sent_again_changes_nothing(retail: Harness) -> None:
    last = FILES[-1].name
    [again] = retail.run("sales", ImportOptions(names=[last], dry_run=True)).files
    assert again.file.rows_unchanged == again.file.rows_read > 0


def test_the_page_shows_the_outcome_of_the_rows(retail: Harness) -> None:
    retail.assert_page_shows(FACTS)
