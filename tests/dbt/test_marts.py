"""The marts built from hand-made rows (tests/dbt/rows.py), as of 1 March 2025."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.conftest import database
from tests.dbt.building import Dbt, insert
from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

UNKNOWN = "(unknown)"
MARTS = {path.stem for path in DBT_PROJECT.glob("models/*/marts/*.sql")}


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The result of a query as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_line_with_unknown_references_stays_and_refers_to_the_unknown_member(marts: Warehouse) -> None:
    lines = rows(
        marts,
        """
        select invoice_id, line_no, customer_key, product_key, customer_id, product_id
        from fct_sales
        where '(unknown)' in (customer_key, product_key)
        order by invoice_id, line_no
        """,
    )

    assert lines == [
        ("I2", 1, UNKNOWN, "P3", "C404", "P3"),
        ("I4", 1, UNKNOWN, UNKNOWN, None, "P404"),
        ("I6", 2, "C1", UNKNOWN, "C1", None),
    ]


def test_a_branch_of_an_unknown_customer_refers_to_the_unknown_member(marts: Warehouse) -> None:
    branches = rows(
        marts, "select branch_key, customer_key, customer_id from dim_customer_branches order by branch_key"
    )

    assert branches == [(UNKNOWN, UNKNOWN, None), ("B1", "C1", "C1"), ("B2", UNKNOWN, "C404")]


def test_a_deleted_customer_stays_in_its_dimension_and_a_deleted_line_is_removed_from_the_fact(
    marts: Warehouse,
) -> None:
    customers = rows(marts, "select customer_key, is_deleted from dim_customers order by customer_key")

    assert customers == [(UNKNOWN, False), ("C1", False), ("C2", True)]
    assert rows(marts, "select currency, count(*), sum(net_amount) from fct_sales group by currency order by 1") == [
        ("EUR", 7, Decimal("146.13")),
        ("USD", 1, Decimal("7.77")),
    ]


def test_reports_name_sales_reps_also_deleted_ones(marts: Warehouse) -> None:
    sales = rows(
        marts,
        """
        select sales_rep_id, sales_rep_name, net_amount from sales_by_sales_rep_monthly
        where month = '2025-01-01' and currency = 'EUR' order by sales_rep_id
        """,
    )
    customers = rows(marts, "select customer_key, sales_rep_name from customer_360 where not is_unknown order by 1")

    assert sales == [
        (UNKNOWN, UNKNOWN, Decimal("26.13")),
        ("R2", "Nikos", Decimal("100.00")),
        ("R404", UNKNOWN, Decimal("50.00")),
    ]
    assert customers == [("C1", "Anna"), ("C2", UNKNOWN)]


def test_a_deleted_family_and_category_keep_their_position_and_the_sales_below_them(marts: Warehouse) -> None:
    families = rows(marts, "select family_key from dim_brand_families where is_deleted")
    products = rows(marts, "select family_key, category_path from dim_products where product_key = 'P1'")
    sales = rows(
        marts,
        """
        select family_key, net_amount from sales_by_brand_family_monthly
        where level = 4 and family_path like '%> Four' and month = '2025-01-01'
        """,
    )

    assert families == [("F4",)]
    assert products == [("F5", "Brakes > Discs")]
    assert sales == [("F4", Decimal("100.00"))]


def test_a_family_has_its_level_and_path_at_any_depth(marts: Warehouse) -> None:
    families = rows(
        marts, "select family_key, level, path, root_family_key from dim_brand_families order by family_key"
    )

    assert families == [
        (UNKNOWN, 1, UNKNOWN, UNKNOWN),
        ("F1", 1, "One", "F1"),
        ("F2", 2, "One > Two", "F1"),
        ("F3", 3, "One > Two > Three", "F1"),
        ("F4", 4, "One > Two > Three > Four", "F1"),
        ("F5", 5, "One > Two > Three > Four > Five", "F1"),
        ("L", 1, "Lost", "L"),
        ("X", 1, "Ex", "X"),
        ("Y", 2, "Ex > Why", "X"),
    ]


def test_the_bridge_gives_a_family_with_everything_below_it(marts: Warehouse) -> None:
    below = rows(
        marts,
        "select family_key, distance from bridge_brand_families where ancestor_family_key = 'F2' order by distance",
    )

    assert below == [("F2", 0), ("F3", 1), ("F4", 2), ("F5", 3)]
    # 5 + 4 + 3 + 2 + 1 under F1, 3 of X and Y, L and the unknown member.
    assert rows(marts, "select count(*) from bridge_brand_families") == [(20,)]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (1, {"F1": "150.00", UNKNOWN: "21.13", "X": "5.00"}),
        (2, {"F2": "150.00", UNKNOWN: "21.13", "Y": "5.00"}),
        (3, {"F3": "100.00", "F2": "50.00", UNKNOWN: "21.13", "Y": "5.00"}),
        (5, {"F5": "100.00", "F2": "50.00", UNKNOWN: "21.13", "Y": "5.00"}),
    ],
)
def test_each_level_of_brand_families_adds_up_to_all_sales(
    marts: Warehouse, level: int, expected: dict[str, str]
) -> None:
    families = rows(
        marts,
        f"""
        select family_key, net_amount from sales_by_brand_family_monthly
        where level = {level} and month = '2025-01-01' and currency = 'EUR'
        """,
    )

    assert dict(families) == {family: Decimal(amount) for family, amount in expected.items()}


def test_a_margin_is_that_of_the_lines_with_a_known_cost(marts: Warehouse) -> None:
    margins = rows(
        marts,
        """
        select month, net_amount, credited_amount, costed_net_amount, margin_amount, margin_rate
        from sales_by_brand_family_monthly
        where level = 1 and family_key = 'F1' and sales_lines > 0
        order by month
        """,
    )

    assert margins == [
        (date(2025, 1, 1), Decimal(150), Decimal(0), Decimal(100), Decimal(40), Decimal("0.4")),
        (date(2025, 2, 1), Decimal(-30), Decimal(-30), Decimal(-30), Decimal(-12), Decimal("0.4")),
    ]


def test_days_have_their_iso_weeks_and_a_distant_date_adds_a_single_day(marts: Warehouse) -> None:
    days = rows(
        marts, "select min(date_day), max(date_day) filter (where year < 9999), max(date_day), count(*) from dim_dates"
    )
    weeks = rows(
        marts,
        """
        select iso_year_week, iso_week_start, day_name, is_weekend from dim_dates
        where date_day in ('2025-01-05', '2025-12-29')
        order by date_day
        """,
    )

    assert days == [(date(2025, 1, 1), date(2025, 12, 31), date(9999, 12, 31), 366)]
    assert weeks == [
        ("2025-W01", date(2024, 12, 30), "Sunday", True),
        ("2026-W01", date(2025, 12, 29), "Monday", False),
    ]


def test_quotes_convert_by_count_and_by_amount(marts: Warehouse) -> None:
    conversion = rows(
        marts,
        """
        select quotes, draft_quotes, open_quotes, won_quotes, lost_quotes, expired_quotes, conversion_rate, win_rate,
            quoted_amount, won_amount, lost_amount, expired_amount, conversion_rate_by_amount, win_rate_by_amount
        from quote_conversion_monthly
        """,
    )

    assert conversion == [
        (5, 1, 1, 1, 1, 1, *map(Decimal, ("0.25", "0.333333", "700", "60", "20", "20", "0.3", "0.6"))),
    ]


def test_an_order_is_on_the_day_of_the_business_time_zone_and_finds_its_product(marts: Warehouse) -> None:
    assert rows(marts, "select order_id, placed_on, product_key from fct_orders order by order_id") == [
        ("O1", date(2025, 1, 31), "P1"),
        ("O2", date(2025, 2, 1), "P2"),
        ("O3", date(2025, 1, 31), UNKNOWN),
    ]


def test_the_service_level_is_the_share_of_answered_and_lost_calls_answered_in_time(marts: Warehouse) -> None:
    days = rows(
        marts,
        """
        select date_day, calls, offered_calls, answered_calls, lost_calls, voicemail_calls, service_level,
            average_wait_seconds, average_wait_answered_seconds, outbound_calls
        from call_center_daily
        """,
    )

    assert days == [
        (date(2025, 1, 15), 5, 4, 2, 1, 1, Decimal("0.333333"), Decimal(27), Decimal("20.50"), 1),
    ]


def test_due_documents_are_overdue_as_of_the_as_of_date(marts: Warehouse) -> None:
    assert rows(marts, "select doc_id, customer_key, is_open, days_overdue from fct_due_docs order by doc_id") == [
        ("D1", "C1", True, 15),
        ("D2", UNKNOWN, True, 0),
        ("D3", "C1", False, 0),
        ("D4", "C1", True, 0),
        ("D5", "C1", False, 0),
    ]


def test_a_document_that_left_the_list_stays_in_history_with_nothing_open(marts: Warehouse) -> None:
    documents = rows(
        marts, "select doc_id, amount, open_amount, last_open_amount, left_on from fct_due_docs where is_deleted"
    )

    assert documents == [("D5", Decimal(100), Decimal(0), Decimal(100), date(2025, 3, 1))]
    assert rows(marts, "select sum(open_amount) from fct_due_docs") == [(Decimal(141),)]


def test_inventory_is_the_stock_of_the_latest_list(marts: Warehouse) -> None:
    assert rows(marts, "select sku, product_key, quantity_available from fct_inventory order by sku") == [
        ("S1", "P1", 0),
        ("S404", UNKNOWN, 3),
    ]


def test_the_analyst_reads_the_marts_and_no_other_layer(marts: Warehouse) -> None:
    assert {
        name
        for (name,) in rows(
            marts, "select relname from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'v')"
        )
    } == MARTS
    for relation in ("raw.sales", "staging.stg_sales", "intermediate.int_brand_families"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(marts, f"select 1 from {relation}")


def test_the_marts_build_on_an_empty_warehouse(dbt: Dbt) -> None:
    dbt.build()

    assert rows(dbt.warehouse, "select customer_key from dim_customers") == [(UNKNOWN,)]
    assert rows(dbt.warehouse, "select count(*) from fct_sales") == [(0,)]


def test_the_import_log_is_always_up_to_date(marts: Warehouse) -> None:
    with marts.connect() as connection:
        _insert_import(connection, "customers")
        log = connection.execute("select entity, name, status from marts.import_log").fetchall()
        connection.rollback()

    assert log == [("customers", "a.csv", "imported")]


@pytest.fixture
def copied(marts: Warehouse, postgres_url: str, target: Path) -> Iterator[Dbt]:
    """dbt on a copy of the built marts."""
    with database(postgres_url, urlsplit(marts.url).path.removeprefix("/")) as url:
        yield Dbt(Warehouse(url), target)


def test_a_build_rebuilds_the_changed_months(copied: Dbt) -> None:
    with copied.warehouse.connect() as connection:
        connection.execute("update raw.brand_families set parent_family_id = 'L' where family_id = 'F2'")
        insert(connection, "products", [{"product_id": "P404", "sku": "S404", "name": "Arrived", "family_id": "F1"}])
    copied.build("--select", "+sales_by_brand_family_monthly", "--exclude-resource-type", "test")

    families = rows(
        copied.warehouse,
        """
        select family_key, currency, net_amount from sales_by_brand_family_monthly
        where level = 1 and month = '2025-01-01'
        """,
    )
    assert sorted(families) == [
        (UNKNOWN, "EUR", Decimal("21.13")),
        ("F1", "USD", Decimal("7.77")),
        ("L", "EUR", Decimal("150.00")),
        ("X", "EUR", Decimal("5.00")),
    ]


def test_a_fact_without_a_line_fails_unless_the_line_was_imported_during_the_build(copied: Dbt) -> None:
    tie_out = ("test", "--select", "fct_inventory_ties_out_to_raw")
    with copied.warehouse.connect() as connection:
        insert(connection, "inventory", [{"sku": "S3", "warehouse_id": "MAIN", "quantity_available": 1}])

    assert copied(*tie_out).returncode == 1

    with copied.warehouse.connect() as connection:
        _insert_import(connection, "inventory")
    assert copied(*tie_out).returncode == 0


def _insert_import(connection: psycopg.Connection[Any], entity: str) -> None:
    """Record an import that ends in an hour, and so after any run that starts now."""
    connection.execute(
        """
        insert into ops.import_files (importer, entity, source, path, name, status, finished_at)
        values (%(entity)s, %(entity)s, 'erp', 'a.csv', 'a.csv', 'imported', now() + interval '1 hour')
        """,
        {"entity": entity},
    )
