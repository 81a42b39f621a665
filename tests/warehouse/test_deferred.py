"""The tables of rejected and deferred rows: of each entity, and those of an earlier version."""

import pytest

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.warehouse import Warehouse

OWN = ["file_id", "row_number", "entity", "key"]

# As the version before created and filled them: row 1 was rejected and came back, row 2 waits for two records.
EARLIER_VERSION = """
    drop view ops.rejected_rows;
    drop table ops.rejected_entries, ops.deferred_entries, ops.deferred_rows, ops.resolved_rows, ops.resolved_files,
        ops.waiting_files;
    drop table ops.waiting_rows cascade;
    drop sequence ops.rejected_row_ids;

    create table ops.rejected_rows (
        rejected_row_id bigint generated always as identity primary key,
        file_id bigint not null, row_number bigint not null, line_number bigint, entity text not null, key text,
        column_name text, code text not null, message text not null, value text, raw json,
        status text not null default 'rejected' check (status in ('rejected', 'waiting', 'resolved')),
        created_at timestamptz not null default now(), resolved_at timestamptz, resolved_by_file_id bigint,
        sequence_number bigint, sequence_within text
    );
    create table ops.waiting_rows (
        file_id bigint not null, row_number bigint not null, entity text not null, key text, columns text[] not null,
        awaits text[] not null, append boolean not null, protect text[] not null, record jsonb not null,
        primary key (file_id, row_number)
    );
    insert into ops.rejected_rows (file_id, row_number, line_number, entity, key, column_name, code, message, raw,
        status, created_at, resolved_by_file_id)
    values
        (7, 1, 2, 'inventory', 'S0/M', 'sku', 'c', 'm', '{"b": "", "a": ""}', 'resolved', '2025-01-01', 8),
        (7, 2, 3, 'inventory', 'S1/M', 'sku', 'c', 'm', '{"b": "1", "a": "2"}', 'waiting', '2025-01-01', null),
        (7, 2, 3, 'inventory', 'S1/M', 'x', 'c', 'n', '{"b": "1", "a": "2"}', 'waiting', '2025-01-01', null);
    insert into ops.waiting_rows values (7, 2, 'inventory', 'S1/M', '{sku,warehouse_id,quantity_available}', '{sku}',
        true, '{}', '{"sku": "S1", "warehouse_id": "M", "quantity_available": 1.50}');
"""
VIEW_WITHOUT_RESOLVED_FILES = """
    create view ops.rejected_rows as
    select rejected_row_id, file_id, row_number, line_number, entity, key, column_name, code, message, value, raw,
        status, created_at, resolved_at, resolved_by_file_id, sequence_number, sequence_within
    from ops.rejected_entries
"""
ENTRIES = """
    select rejected_row_id, file_id, row_number, line_number, entity, key, column_name, code, message, value, raw::text,
        status, created_at, resolved_at, resolved_by_file_id, sequence_number, sequence_within
    from ops.rejected_rows order by rejected_row_id
"""


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES.keys())
def test_the_deferred_rows_of_an_entity_have_all_columns_that_a_file_can_have(
    shared_warehouse: Warehouse, entity: Entity
) -> None:
    with shared_warehouse.connect() as connection:
        columns = connection.execute(f"select * from ops.waiting_{entity.name}").description
    assert [column.name for column in columns or ()] == OWN + [column.name for column in entity.given_columns]


def test_a_column_that_an_entity_got_since_then_is_added(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("alter table ops.waiting_sales drop column channel")
    warehouse.prepare()
    with warehouse.connect() as connection:
        connection.execute("select channel from ops.waiting_sales")


def test_a_view_of_an_earlier_version_tells_of_the_files_whose_rows_wait_no_longer(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("drop table ops.resolved_files cascade")
        connection.execute(VIEW_WITHOUT_RESOLVED_FILES)
        connection.execute(
            "insert into ops.deferred_rows (file_id, row_number) values (7, 1);"
            "insert into ops.deferred_entries (file_id, row_number, entity, code, message) values (7, 1, 'x', 'c', 'm')"
        )
    warehouse.prepare()
    with warehouse.connect() as connection:
        statuses = "select status, resolved_by_file_id from ops.rejected_rows"
        assert connection.execute(statuses).fetchall() == [("waiting", None)]
        connection.execute("insert into ops.resolved_files (file_id, resolved_by_file_id) values (7, 8)")
        assert connection.execute(statuses).fetchall() == [("resolved", 8)]


def test_the_entries_and_deferred_rows_of_an_earlier_version_are_taken_over(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute(EARLIER_VERSION)
        before = connection.execute(ENTRIES).fetchall()

    warehouse.prepare()
    warehouse.prepare()

    with warehouse.connect() as connection:
        assert connection.execute(ENTRIES).fetchall() == before
        assert connection.execute(
            "select file_id, row_number, entity, key, sku, warehouse_id, quantity_available::text from"
            " ops.waiting_inventory"
        ).fetchall() == [(7, 2, "inventory", "S1/M", "S1", "M", "1.500000")]
        assert connection.execute("select * from ops.waiting_files").fetchall() == [
            (7, ["sku", "warehouse_id", "quantity_available"], ["sku"], True, [])
        ]
        connection.execute(
            "insert into ops.rejected_entries (file_id, row_number, entity, code, message) values (8, 1, 'x', 'c', 'm')"
        )
        last = connection.execute("select max(rejected_row_id) from ops.rejected_rows").fetchone()
    assert last == (before[-1][0] + 1,)
