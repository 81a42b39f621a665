"""The dimensions: former ids, history, hierarchies and the calendar."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import yaml

from tests.dbt import public_holidays
from tests.dbt.building import Dbt, insert
from wiseparts_pipeline.home import DBT_PROJECT, PROJECT
from wiseparts_pipeline.warehouse import Warehouse

BEGINNING = date(1, 1, 1)
# The question in docs/marts.md, for all years.
(SALES_BY_GROUP_OF_THE_DAY,) = (
    query.replace("where sales.invoice_date >= '2025-01-01'\n", "")
    for query in re.findall(r"```sql\n(.*?)```", (PROJECT / "docs" / "marts.md").read_text(), re.DOTALL)
    if "dim_customers_history" in query
)


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The result of a query as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        return connection.execute(query.encode()).fetchall()


def load(warehouse: Warehouse, **entities: list[dict[str, Any]]) -> None:
    """Insert rows of these entities into raw."""
    with warehouse.connect() as connection:
        for entity, records in entities.items():
            insert(connection, entity, records)


def change(warehouse: Warehouse, entity: str, assignments: str, at: str) -> None:
    """Change all records of an entity as an import at that time would."""
    with warehouse.connect() as connection:
        connection.execute(f"update raw.{entity} set {assignments}, _updated_at = '{at}'".encode())


def build(dbt: Dbt, *selected: str, **variables: Any) -> None:
    dbt.build("--select", *selected, **variables)


def customer(customer_id: str, **columns: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "name": customer_id, "_updated_at": "2025-01-10 08:00+00"} | columns


def sale(invoice_id: str, day: str, net_amount: str, **columns: Any) -> dict[str, Any]:
    line = {"invoice_id": invoice_id, "line_no": 1, "invoice_date": day, "net_amount": net_amount, "currency": "EUR"}
    return line | {"quantity": 1, "unit_price": net_amount} | columns


def test_records_sent_under_a_former_id_stay_with_their_member(dbt: Dbt) -> None:
    marts = ("+dim_customer_branches", "+fct_inventory")
    load(
        dbt.warehouse,
        customers=[customer("OLD")],
        customer_branches=[{"branch_id": "B1", "customer_id": "OLD", "name": "Piraeus"}],
        products=[{"product_id": "P1", "sku": "OLD", "name": "Disc"}],
        inventory=[{"sku": "OLD", "warehouse_id": "MAIN", "quantity_available": 5}],
    )
    build(dbt, *marts)

    change(dbt.warehouse, "customers", "customer_id = 'NEW'", at="2025-02-01 08:00+00")
    change(dbt.warehouse, "products", "sku = 'NEW'", at="2025-02-01 08:00+00")
    build(dbt, *marts)

    assert rows(dbt.warehouse, "select customer_key from dim_customer_branches where branch_key = 'B1'") == [("NEW",)]
    assert rows(dbt.warehouse, "select sku, product_key from fct_inventory") == [("OLD", "P1")]


HISTORY = """
    select customer_key, customer_group, valid_from, valid_to, is_current
    from dim_customers_history
    where not is_unknown
    order by valid_from
"""


def test_a_customer_has_a_version_for_each_change_that_matters(dbt: Dbt) -> None:
    load(dbt.warehouse, customers=[customer("C1", customer_group="retail")])
    build(dbt, "+dim_customers_history")
    change(dbt.warehouse, "customers", "customer_group = 'gold'", at="2025-02-01 08:00+00")
    build(dbt, "+dim_customers_history")
    change(dbt.warehouse, "customers", "email = 'new@example.com'", at="2025-02-05 08:00+00")
    build(dbt, "+dim_customers_history")
    change(dbt.warehouse, "customers", "customer_id = 'C2', _deleted_at = now()", at="2025-02-09 22:00+00")
    # This does not rebuild the snapshots.
    build(dbt, "+dim_customers_history", "--full-refresh")

    assert rows(dbt.warehouse, HISTORY) == [
        ("C2", "retail", BEGINNING, date(2025, 2, 1), False),
        ("C2", "gold", date(2025, 2, 1), date(2025, 2, 10), False),
        ("C2", "gold", date(2025, 2, 10), None, True),
    ]
    assert rows(
        dbt.warehouse, "select customer_id, is_deleted, version from dim_customers_history where is_current order by 3"
    ) == [
        (None, False, 1),
        ("C2", True, 3),
    ]


def test_sales_are_grouped_by_the_customer_group_of_the_day(dbt: Dbt) -> None:
    load(
        dbt.warehouse,
        customers=[customer("C1", customer_group="retail")],
        sales=[
            # Before the customer was first imported, the day before the change, and the day of it.
            sale("I1", "2019-06-30", "1.00", customer_id="C1"),
            sale("I2", "2025-01-31", "10.00", customer_id="C1"),
            sale("I3", "2025-02-01", "100.00", customer_id="C1"),
            sale("I4", "9999-12-31", "1000.00", customer_id="C1"),
            sale("I5", "2025-02-01", "10000.00"),
        ],
    )
    build(dbt, "+fct_sales", "+dim_customers_history")
    # Midnight of 1 February in Athens.
    change(dbt.warehouse, "customers", "customer_group = 'gold'", at="2025-01-31 22:00+00")
    build(dbt, "snap_customers", "dim_customers", "dim_customers_history")

    sales = {(group, year): amount for year, group, _, amount in rows(dbt.warehouse, SALES_BY_GROUP_OF_THE_DAY)}

    assert sales == {
        ("retail", 2019): Decimal(1),
        ("retail", 2025): Decimal(10),
        ("gold", 2025): Decimal(100),
        ("gold", 9999): Decimal(1000),
        (None, 2025): Decimal(10000),
    }


@pytest.mark.parametrize("dimension", ["customers", "products"])
def test_the_history_has_the_columns_that_the_snapshot_tracks(dimension: str) -> None:
    snapshot = yaml.safe_load((DBT_PROJECT / "snapshots" / f"snap_{dimension}.yml").read_text())["snapshots"][0]
    history = next(DBT_PROJECT.glob(f"models/**/dim_{dimension}_history.sql")).read_text()
    of_the_import = ["source_name", "file_id", "row_number", "updated_at"]

    assert re.findall(r"^    '(\w+)',$", history, re.MULTILINE) == snapshot["config"]["check_cols"] + of_the_import


def test_the_analyst_does_not_read_the_snapshots(marts: Warehouse) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(marts, "select 1 from snapshots.snap_customers")


def test_a_family_of_thirty_levels_has_its_path_and_every_ancestor(dbt: Dbt) -> None:
    chain = [
        {
            "family_id": f"F{level:02}",
            "name": f"L{level}",
            "parent_family_id": f"F{level - 1:02}" if level > 1 else None,
        }
        for level in range(1, 31)
    ]
    load(
        dbt.warehouse,
        brand_families=chain,
        products=[{"product_id": "P1", "sku": "S1", "name": "Deep", "family_id": "F30"}],
    )
    build(dbt, "+dim_brand_families")

    deepest = rows(
        dbt.warehouse,
        "select level, path, level_1_family_key, level_7_family_name, is_leaf from dim_brand_families where level = 30",
    )
    assert deepest == [(30, " > ".join(f"L{level}" for level in range(1, 31)), "F01", "L7", True)]
    # 30 + 29 + ... + 1, and the unknown member.
    assert rows(dbt.warehouse, "select count(*), max(distance) from bridge_brand_families") == [(466, 29)]
    assert rows(dbt.warehouse, "select sum(products), sum(own_products) from dim_brand_families") == [(30, 1)]


def test_the_seed_of_holidays_is_that_of_the_library() -> None:
    assert public_holidays.SEED.read_text(encoding="utf-8") == public_holidays.seed()


def greek_holidays(year: int) -> list[str]:
    days = [
        day
        for country, _, listed in (line.rsplit(",", 2) for line in public_holidays.seed().splitlines()[1:])
        if country == "GR"
        for day in listed.split()
    ]
    return sorted(day[5:] for day in days if day.startswith(str(year)))


@pytest.mark.parametrize(
    ("year", "movable"),
    [
        # Easter was on 5 May; the first of May was in Holy Week and was observed on the Tuesday after Easter.
        (2024, ["03-18", "05-03", "05-06", "05-07", "06-24"]),
        # Easter was on 20 April.
        (2025, ["03-03", "04-18", "04-21", "05-01", "06-09"]),
    ],
)
def test_the_greek_holidays_follow_the_orthodox_easter(year: int, movable: list[str]) -> None:
    fixed = ["01-01", "01-06", "03-25", "08-15", "10-28", "12-25", "12-26"]

    assert greek_holidays(year) == sorted(fixed + movable)


def test_a_month_has_its_working_days(marts: Warehouse) -> None:
    days = rows(
        marts,
        """
        select year_month, max(working_days_in_month), max(working_day_of_month), count(*) filter (where is_working_day)
        from dim_dates
        where date_day between '2025-01-01' and '2025-06-30'
        group by year_month
        order by year_month
        """,
    )

    # Weekdays less the holidays on them: 23 - 2, 20, 21 - 2, 22 - 2, 22 - 1, 21 - 1.
    assert [(working, last, all_) for _, working, last, all_ in days] == [(n, n, n) for n in (21, 20, 19, 20, 21, 20)]


def test_a_country_without_holidays_fails_and_none_leaves_working_days_unknown(dbt: Dbt) -> None:
    load(dbt.warehouse, sales=[sale("I1", "2025-01-01", "1.00")])
    failed = dbt("build", "--exclude-resource-type", "unit_test", "--select", "+dim_dates", country="GREECE")
    assert failed.returncode == 1
    assert "the_country_of_working_days_has_public_holidays" in failed.stdout

    build(dbt, "dim_dates", country=None)

    assert rows(
        dbt.warehouse, "select is_working_day, is_weekend, count(*) from dim_dates group by 1, 2 order by 1"
    ) == [
        (False, True, 104),
        (None, False, 261),
    ]
