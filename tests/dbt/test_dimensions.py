"""The dimensions: former ids, history, hierarchies and the calendar."""

from typing import Any

from tests.dbt.building import Dbt, insert
from wiseparts_pipeline.warehouse import Warehouse

UNKNOWN = "(unknown)"


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """What the owner of the database gets for a query; the search path is that of the analyst."""
    with warehouse.connect() as connection:
        connection.execute("set search_path to marts")
        return connection.execute(query.encode()).fetchall()


def change(warehouse: Warehouse, statement: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(statement.encode())


def test_what_was_sent_under_a_former_id_stays_with_its_record(dbt: Dbt) -> None:
    selection = ("--select", "+dim_customer_branches", "+fct_inventory", "--exclude-resource-type", "unit_test")
    with dbt.warehouse.connect() as connection:
        insert(connection, "customers", [{"customer_id": "OLD", "name": "Alfa"}])
        insert(connection, "customer_branches", [{"branch_id": "B1", "customer_id": "OLD", "name": "Piraeus"}])
        insert(connection, "products", [{"product_id": "P1", "sku": "OLD", "name": "Disc"}])
        insert(connection, "inventory", [{"sku": "OLD", "warehouse_id": "MAIN", "quantity_available": 5}])
    dbt.build(*selection)

    change(dbt.warehouse, "update raw.customers set customer_id = 'NEW', _updated_at = '2025-02-01 08:00+00'")
    change(dbt.warehouse, "update raw.products set sku = 'NEW', _updated_at = '2025-02-01 08:00+00'")
    dbt.build(*selection)

    assert rows(dbt.warehouse, "select customer_key from dim_customer_branches where branch_key = 'B1'") == [("NEW",)]
    assert rows(dbt.warehouse, "select sku, product_key from fct_inventory") == [("OLD", "P1")]
