"""Incrementally built sales equal those of a build from scratch, row by row."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import database
from tests.dbt.building import Dbt, insert
from wiseparts_pipeline.warehouse import Warehouse

BUILT = (
    "marts.fct_sales",
    "marts.sales_by_customer_monthly",
    "marts.sales_by_sales_rep_monthly",
    "marts.sales_by_brand_family_monthly",
    "intermediate.int_sales_by_customer_monthly",
    "intermediate.int_sales_by_sales_rep_monthly",
    "intermediate.int_sales_by_brand_family_monthly",
    "intermediate.int_sales_by_order_monthly",
    "intermediate.int_sales_by_document_monthly",
    "intermediate.int_sales_by_own_family_monthly",
    "intermediate.int_invoices_by_brand_family_monthly",
)
SALES = ["--select", *(table.split(".")[1] for table in BUILT)]
SELECTED = ["--select", *(f"+{table.split('.')[1]}" for table in BUILT)]
MODELS_ALONE = ["--exclude-resource-type", "test"]
# What reads raw only as it is, and the seeds, are the same after a change.
CHANGED = [*SELECTED, "--exclude", "path:models/staging", "config.materialized:seed", *MODELS_ALONE]


def line(invoice_id: str, line_no: int, day: str, net_amount: str, **others: Any) -> dict[str, Any]:
    row = {"invoice_id": invoice_id, "line_no": line_no, "invoice_date": day, "net_amount": net_amount}
    return row | {"quantity": 1, "unit_price": net_amount, "currency": "EUR", "product_id": "P1"} | others


@pytest.fixture(scope="module")
def built(postgres_url: str, prepared_url: str, target: Path) -> Iterator[str]:
    """The name of a database with three years of sales of a few customers and families, built."""
    with database(postgres_url, urlsplit(prepared_url).path.removeprefix("/")) as url:
        sell(Dbt(Warehouse(url), target))
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def sold(built: str, postgres_url: str, target: Path) -> Iterator[Dbt]:
    """dbt on a copy of it."""
    with database(postgres_url, built) as url:
        yield Dbt(Warehouse(url), target)


def sell(dbt: Dbt) -> None:
    with dbt.warehouse.connect() as connection:
        insert(connection, "customers", [{"customer_id": f"C{n}", "name": f"Customer {n}"} for n in (1, 2)])
        insert(connection, "customer_branches", [{"branch_id": "B1", "customer_id": "C1", "name": "Branch"}])
        insert(
            connection,
            "brand_families",
            [
                {"family_id": "F1", "name": "Brakes"},
                {"family_id": "F2", "name": "Filters"},
                {"family_id": "F11", "name": "Discs", "parent_family_id": "F1"},
            ],
        )
        insert(
            connection,
            "products",
            [
                {"product_id": "P1", "sku": "S1", "name": "Disc", "family_id": "F11"},
                {"product_id": "P2", "sku": "S2", "name": "Filter", "family_id": "F2"},
            ],
        )
        insert(
            connection,
            "sales",
            [
                line("I1", 1, "2023-01-10", "10.00", customer_id="C1", branch_id="B1", cost_amount="6.00"),
                line("I2", 1, "2023-12-10", "20.00", customer_id="C1"),
                line("I3", 1, "2024-02-29", "30.00", customer_id="C2", product_id="P2", order_id="O1"),
                line("I4", 1, "2024-02-29", "-5.00", customer_id="C2", document_type="credit_note"),
                line("I5", 1, "2025-01-10", "40.00", customer_id="C1", cost_amount="20.00"),
                line("I5", 2, "2025-01-10", "41.00", customer_id="C1", product_id="P2", currency="USD"),
                line("I6", 1, "2025-02-10", "50.00", customer_id="C3", product_id="P3"),
                line("I7", 1, "2025-02-11", "60.00", branch_id="B9"),
            ],
        )
    dbt.build(*SELECTED, *MODELS_ALONE)


def step_by_step(dbt: Dbt, *statements: str, selected: Sequence[str]) -> None:
    """Make changes, each followed by an incremental build, and keep copies of the tables."""
    for statement in statements:
        change(dbt, statement)
        dbt.build(*selected)
    keep(dbt)


def change(dbt: Dbt, statement: str) -> None:
    with dbt.warehouse.connect() as connection:
        connection.execute(statement.encode())


def keep(dbt: Dbt) -> None:
    """Keep copies of the tables."""
    with dbt.warehouse.connect() as connection:
        connection.execute("create schema stepwise")
        for table in BUILT:
            connection.execute(f"create table stepwise.{table.split('.')[1]} as table {table}".encode())


def assert_same_as_from_scratch(dbt: Dbt, *options: str, **variables: Any) -> None:
    """Build what is built incrementally from scratch: the tables equal the copies that `keep` made."""
    dbt.build("--full-refresh", *options, **variables)
    for table in BUILT:
        assert differences(dbt.warehouse, table, f"stepwise.{table.split('.')[1]}") == [], table


def differences(warehouse: Warehouse, first: str, second: str) -> list[tuple[Any, ...]]:
    """The rows that are in only one of two tables."""
    query = f"(table {first} except all table {second}) union all (table {second} except all table {first})"
    with warehouse.connect() as connection:
        return connection.execute(query.encode()).fetchall()


NEW = "_source, _file_id, _row_number) values"
LINES = (
    # New lines, a corrected amount, a line with another customer and currency, and a date a century ahead.
    f"""
    insert into raw.sales (
        invoice_id, line_no, invoice_date, net_amount, quantity, unit_price, currency, product_id, customer_id, {NEW}
        ('I8', 1, '2025-02-28', 70, 1, 70, 'EUR', 'P1', 'C1', 'erp', 2, 1),
        ('I8', 2, '2025-02-28', 71, 1, 71, 'EUR', 'P2', null, 'erp', 2, 2),
        ('I9', 1, '9999-12-31', 72, 1, 72, 'EUR', null, null, 'erp', 2, 3);
    update raw.sales set net_amount = 99, _updated_at = statement_timestamp() where invoice_id = 'I1';
    update raw.sales set customer_id = 'C2', currency = 'USD', _updated_at = statement_timestamp()
    where invoice_id = 'I5' and line_no = 1
    """,
    # A line moves to another month, and another month loses all its lines.
    """
    update raw.sales set invoice_date = '2023-03-01', _updated_at = statement_timestamp() where invoice_id = 'I2';
    update raw.sales set _deleted_at = now(), _updated_at = statement_timestamp() where invoice_date = '2024-02-29'
    """,
    "select 'nothing'",
)
DIMENSIONS = (
    # A family moves under another one, and another is renamed.
    """
    update raw.brand_families set parent_family_id = 'F2', _updated_at = statement_timestamp() where family_id = 'F11';
    update raw.brand_families set name = 'Brake', _updated_at = statement_timestamp() where family_id = 'F1'
    """,
    # A family one level deeper than any other; a product moves there; a customer, product and branch that were unknown.
    f"""
    insert into raw.brand_families (family_id, name, parent_family_id, {NEW} ('F111', 'Vented', 'F11', 'erp', 2, 1);
    update raw.products set family_id = 'F111', _updated_at = statement_timestamp() where product_id = 'P1';
    insert into raw.customers (customer_id, name, {NEW} ('C3', 'New', 'erp', 2, 1);
    insert into raw.products (product_id, sku, name, family_id, {NEW} ('P3', 'S3', 'New', 'F1', 'erp', 2, 1);
    insert into raw.customer_branches (branch_id, customer_id, name, {NEW} ('B9', 'C2', 'New', 'erp', 2, 1)
    """,
    # A customer's id changes.
    """
    update raw.customers set customer_id = 'C1-NEW', _updated_at = statement_timestamp() where customer_id = 'C1'
    """,
)


@pytest.mark.parametrize(
    ("changes", "selected"),
    [(LINES, [*SALES, *MODELS_ALONE]), (DIMENSIONS, CHANGED)],
    ids=["lines", "dimensions"],
)
def test_incremental_builds_give_the_same_rows_as_a_build_from_scratch(
    sold: Dbt, changes: tuple[str, ...], selected: list[str]
) -> None:
    step_by_step(sold, *changes, selected=selected)
    # These rows pass the tests of the models too.
    assert_same_as_from_scratch(sold, *SALES)


def test_a_month_that_has_ended_since_the_last_build_is_closed(sold: Dbt) -> None:
    # What the pipeline builds after an import of sales: no view of an earlier day is recreated.
    sold.build(*SALES, *MODELS_ALONE, as_of="2025-05-02")
    keep(sold)
    assert_same_as_from_scratch(sold, *SELECTED, *MODELS_ALONE, as_of="2025-05-02")
    with sold.warehouse.connect() as connection:
        months = connection.execute(
            "select month::text, is_closed from marts.sales_by_customer_monthly where customer_key = 'C1'"
            " and currency = 'EUR' and month >= '2025-02-01' order by month"
        ).fetchall()
    assert months == [("2025-02-01", True), ("2025-03-01", True), ("2025-04-01", True), ("2025-05-01", False)]


def test_partial_builds_leave_no_stale_rows(sold: Dbt) -> None:
    # The family moves under one of the same name: neither its path nor its level shows that the bridge is stale.
    change(
        sold,
        f"""
        insert into raw.brand_families (family_id, name, {NEW} ('F3', 'Brakes', 'erp', 2, 1);
        update raw.brand_families set parent_family_id = 'F3', _updated_at = statement_timestamp()
        where family_id = 'F11'
        """,
    )
    sold.build("--select", "dim_brand_families", "int_month_inputs", *MODELS_ALONE)
    change(sold, "update raw.sales set net_amount = 7, _updated_at = statement_timestamp() where invoice_id = 'I6'")
    sold.build(*SALES, *MODELS_ALONE, as_of="2025-05-02", abc_class_a_share=0.1)
    sold.build(*CHANGED)
    keep(sold)
    assert_same_as_from_scratch(sold, *SALES, *MODELS_ALONE)


@pytest.mark.parametrize(
    ("statement", "alone"),
    [
        (
            "update raw.sales set net_amount = 7, _updated_at = statement_timestamp() where invoice_id = 'I6'",
            ["fct_sales"],
        ),
        (
            "update raw.brand_families set parent_family_id = 'F2', _updated_at = statement_timestamp()"
            " where family_id = 'F11'",
            ["int_brand_families", "dim_brand_families", "bridge_brand_families", "int_brand_family_levels"],
        ),
    ],
    ids=["line", "family"],
)
def test_a_report_that_was_built_without_its_totals_is_built_again_with_them(
    sold: Dbt, statement: str, alone: list[str]
) -> None:
    change(sold, statement)
    reports = ["int_month_inputs", "int_sales_by_brand_family_monthly", "int_sales_by_order_monthly"]
    sold.build("--select", *alone, *reports, *MODELS_ALONE)
    sold.build(*CHANGED)
    keep(sold)
    assert_same_as_from_scratch(sold, *SALES, *MODELS_ALONE)


def test_after_a_family_moved_only_those_that_it_left_and_joined_are_counted_again(sold: Dbt) -> None:
    def versions() -> dict[tuple[Any, ...], Any]:
        with sold.warehouse.connect() as connection:
            rows = connection.execute(
                "select month, level, family_key, currency, xmin::text"
                " from intermediate.int_invoices_by_brand_family_monthly"
            ).fetchall()
        return {row[:4]: row[4] for row in rows}

    counted = ["--select", "int_brand_families+,+int_invoices_by_brand_family_monthly", *MODELS_ALONE]
    change(sold, f"insert into raw.brand_families (family_id, name, {NEW} ('F3', 'Tools', 'erp', 2, 1)")
    sold.build(*counted)
    before = versions()
    change(
        sold,
        "update raw.brand_families set parent_family_id = 'F3', _updated_at = statement_timestamp()"
        " where family_id = 'F11'",
    )
    sold.build(*counted)
    after = versions()
    kept = {key for key, version in before.items() if after.get(key) == version}
    assert {key[1:3] for key in before.keys() - kept} == {(1, "F1")}
    assert {key[1:3] for key in after.keys() - kept} == {(1, "F3")}
