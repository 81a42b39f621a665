"""What a trace finds of a record, and what it reports when there is none."""

import pytest

from tests.importing.drop import Drop, csv
from wiseparts_pipeline.diagnostics.trace import MOST_RECORDS, Trace, trace
from wiseparts_pipeline.entities import ENTITIES

PRODUCTS = csv("product_id,sku,name", ["P1,BP-1,Brake pad", "0042,BP-2,Brake disc"])
SALES = "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency"
# What dbt builds from sales, as far as a trace reads it.
FCT_SALES = "create table marts.fct_sales as select *, _updated_at as updated_at from raw.sales"


def line(invoice: str, number: object, quantity: object = 1) -> str:
    return f"{invoice},{number},2026-03-01,{quantity},2.00,2.00,EUR"


def traced(drop: Drop, entity: str, *key: str) -> Trace:
    with drop.warehouse.connect() as connection:
        return trace(connection, ENTITIES[entity], key)


def keys(found: Trace) -> list[tuple[object, ...]]:
    return [tuple(record.values[name] for name in found.entity.key) for record in found.records]


@pytest.fixture
def products(drop: Drop) -> Drop:
    products = drop.of("products")
    products.imported("products.csv", PRODUCTS)
    return products


@pytest.fixture
def sales(drop: Drop) -> Drop:
    sales = drop.of("sales")
    sales.imported("sales.csv", csv(SALES, [line("INV-1", 1), line("INV-1", 2), line("INV/9", 1)]))
    return sales


def test_a_product_is_found_by_its_sku_as_well(products: Drop) -> None:
    assert keys(traced(products, "products", "BP-1")) == [("P1",)]


def test_master_data_is_found_by_its_system_id(products: Drop) -> None:
    ((system_id,),) = products.stored("system_id::text", where="product_id = 'P1'")

    assert keys(traced(products, "products", system_id)) == [("P1",)]


def test_the_parts_of_a_key_may_be_joined_as_rejected_rows_show_them(sales: Drop) -> None:
    assert keys(traced(sales, "sales", "INV-1/2")) == [("INV-1", 2)]
    assert keys(traced(sales, "sales", "INV/9")) == [("INV/9", 1)]
    assert keys(traced(sales, "sales", "INV/9/1")) == [("INV/9", 1)]


def test_text_where_a_key_has_a_number_finds_nothing(sales: Drop) -> None:
    assert traced(sales, "sales", "INV-1", "two").records == []


def test_many_lines_are_cut(drop: Drop) -> None:
    sales = drop.of("sales")
    sales.imported("sales.csv", csv(SALES, [line("INV-1", number) for number in range(1, MOST_RECORDS + 2)]))

    found = traced(sales, "sales", "INV-1")

    assert (len(found.records), found.is_cut) == (MOST_RECORDS, True)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [("42", "0042"), ("00042", "0042"), (" 0042", "0042"), ("p1", "P1"), ("P01", "P1"), ("bp-2", "BP-2")],
)
def test_a_key_written_slightly_differently_is_suggested(products: Drop, asked: str, stored: str) -> None:
    found = traced(products, "products", asked)

    assert (found.records, found.near) == ([], [stored])


def test_the_other_lines_are_suggested_for_a_missing_one(sales: Drop) -> None:
    assert traced(sales, "sales", "INV-1", "7").near == ["INV-1/1", "INV-1/2"]


def test_a_similar_rejected_key_is_suggested(sales: Drop) -> None:
    sales.imported("rejected.csv", csv(SALES, [line("INV-8", 1, "many")]))

    assert traced(sales, "sales", "inv-8", "1").near == ["INV-8/1"]


def test_open_rejected_rows_come_before_resolved_ones(sales: Drop) -> None:
    sales.imported("rejected.csv", csv(SALES, [line("INV-8", 1, "many"), line("INV-8", 2, "some")]))
    sales.execute(
        "update ops.rejected_entries set status = 'resolved', resolved_at = now(),"
        " resolved_by_file_id = (select file_id from ops.import_files where name = 'sales.csv')"
        " where key = 'INV-8/2'"
    )

    found = traced(sales, "sales", "INV-8")

    assert [(entry["key"], entry["status"]) for entry in found.entries] == [
        ("INV-8/1", "rejected"),
        ("INV-8/2", "resolved"),
    ]
    assert {file.name for file in found.files.values()} == {"sales.csv", "rejected.csv"}


def test_a_deferred_row_is_found_and_later_the_file_that_loaded_it(drop: Drop) -> None:
    drop.of("inventory").imported("stock.csv", csv("sku,warehouse_id,quantity_available", ["BP-1,MAIN,3"]))
    deferred = traced(drop, "inventory", "BP-1", "MAIN")

    drop.of("products").imported("products.csv", PRODUCTS)
    loaded = traced(drop, "inventory", "BP-1", "MAIN")

    assert (deferred.records, [entry["status"] for entry in deferred.entries]) == ([], ["waiting"])
    (entry,) = loaded.entries
    assert entry["status"] == "resolved"
    assert loaded.files[entry["resolved_by_file_id"]].name == "products.csv"
    assert loaded.files[loaded.records[0].created.file_id].name == "stock.csv"


def test_a_record_missing_from_a_snapshot_is_deleted_by_that_file(products: Drop) -> None:
    inventory = products.of("inventory")
    rows = [f"BP-{number},W{place},3" for number in (1, 2) for place in (1, 2)]
    inventory.imported("stock_1.csv", csv("sku,warehouse_id,quantity_available", rows))
    inventory.imported("stock_2.csv", csv("sku,warehouse_id,quantity_available", rows[1:]))

    found = traced(inventory, "inventory", "BP-1", "W1")

    (record,) = found.records
    assert record.values["_deleted_at"] is not None
    assert found.files[record.created.file_id].name == "stock_1.csv"
    assert (found.files[record.changed.file_id].name, record.changed.row_number) == ("stock_2.csv", 0)


def test_wildcards_in_a_key_are_taken_literally(sales: Drop) -> None:
    sales.imported("rejected.csv", csv(SALES, [line("INV-8", 1, "many")]))

    assert traced(sales, "sales", "INV%").entries == []


def test_a_mart_that_was_never_built_has_no_record(sales: Drop) -> None:
    assert traced(sales, "sales", "INV-1", "1").records[0].marts == {"fct_sales": "not built yet"}


def test_a_mart_that_was_built_has_it(sales: Drop) -> None:
    sales.execute(FCT_SALES)

    assert traced(sales, "sales", "INV-1", "1").records[0].marts == {"fct_sales": "in it"}


def test_a_mart_built_before_the_last_change_has_an_older_state(sales: Drop) -> None:
    sales.execute(FCT_SALES)
    sales.imported("later.csv", csv(SALES, [line("INV-1", 1, 5)]))

    assert traced(sales, "sales", "INV-1", "1").records[0].marts == {"fct_sales": "an older state: not built since"}


def test_a_mart_leaves_a_deleted_record_out(sales: Drop) -> None:
    sales.execute(f"update raw.sales set _deleted_at = now(); {FCT_SALES} where _deleted_at is null")

    assert traced(sales, "sales", "INV-1", "1").records[0].marts == {"fct_sales": "not in it: deleted"}


def test_every_entity_is_looked_up_in_the_marts_with_one_row_per_record(products: Drop) -> None:
    (record,) = traced(products, "products", "P1").records

    assert "dim_products" in record.marts
    assert not {mart for mart in record.marts if mart.startswith(("fct_", "bridge_"))}
