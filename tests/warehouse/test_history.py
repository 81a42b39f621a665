"""Earlier versions of records: which updates store one, and how an existing database starts to store them."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.warehouse import Warehouse

Connection = psycopg.Connection[TupleRow]


@pytest.fixture
def connection(shared_warehouse: Warehouse) -> Iterator[Connection]:
    """A connection to a prepared database with two documents, whose changes are rolled back."""
    connection = shared_warehouse.connect()
    _insert(connection, "D1", "D2")
    yield connection
    connection.rollback()
    connection.close()


def test_only_due_docs_have_a_history(connection: Connection) -> None:
    tables = connection.execute("select relname from pg_class where relname like '%\\_history' and relkind = 'r'")
    triggers = connection.execute("select tgrelid::regclass::text from pg_trigger where tgname like 'keep%'")
    assert tables.fetchall() == [("due_docs_history",)]
    assert triggers.fetchall() == [("raw.due_docs",)]


def test_the_history_has_the_columns_of_the_table_and_the_order_of_the_versions(connection: Connection) -> None:
    columns = connection.execute("select * from raw.due_docs_history").description
    assert [column.name for column in columns or ()] == [
        "_version_id",
        *(column.name for column in ENTITIES["due_docs"].table_columns),
    ]


def test_an_update_stores_the_earlier_version(connection: Connection) -> None:
    connection.execute("update raw.due_docs set open_amount = 4, _file_id = 2 where doc_id = 'D1'")
    connection.execute("update raw.due_docs set open_amount = 0, _file_id = 3, settled_on = '2025-03-01'")
    assert _history(connection, "doc_id", "open_amount", "settled_on", "_file_id") == [
        ("D1", 10, None, 1),
        ("D1", 4, None, 2),
        ("D2", 10, None, 1),
    ]


def test_a_new_record_has_no_earlier_version(connection: Connection) -> None:
    assert _history(connection, "doc_id") == []


def test_a_change_of_lineage_alone_makes_no_version(connection: Connection) -> None:
    connection.execute("update raw.due_docs set _file_id = 2, _row_number = 7, _updated_at = now() + interval '1 day'")
    assert _history(connection, "doc_id") == []


def test_a_deletion_and_a_return_are_versions(connection: Connection) -> None:
    connection.execute("update raw.due_docs set _deleted_at = now(), _file_id = 2 where doc_id = 'D1'")
    connection.execute("update raw.due_docs set _deleted_at = null, _file_id = 3 where doc_id = 'D1'")
    assert _history(connection, "doc_id", "_deleted_at is null", "_file_id") == [("D1", True, 1), ("D1", False, 2)]


def test_versions_of_one_transaction_keep_their_order(connection: Connection) -> None:
    for amount in (9, 3, 6):
        connection.execute("update raw.due_docs set open_amount = %s where doc_id = 'D1'", [amount])
    versions = connection.execute("select open_amount from raw.due_docs_history order by _version_id")
    assert versions.fetchall() == [(10,), (9,), (3,)]


def test_an_older_database_gets_the_history_and_keeps_its_rows(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("drop table raw.due_docs_history; drop function raw.keep_due_docs_history cascade")
        _insert(connection, "D1")
    warehouse.prepare()
    with warehouse.connect() as connection:
        connection.execute("update raw.due_docs set open_amount = 4")
        assert _history(connection, "doc_id", "open_amount") == [("D1", 10)]


def test_a_new_column_is_added_to_the_history_as_well(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        # As if created by a version without the column.
        connection.execute("alter table raw.due_docs drop column branch_id")
        connection.execute("alter table raw.due_docs_history drop column branch_id")
        connection.execute(
            "create or replace function raw.keep_due_docs_history() returns trigger language plpgsql"
            " as 'begin return null; end'"
        )
        _insert(connection, "D1")
    warehouse.prepare()
    with warehouse.connect() as connection:
        connection.execute("update raw.due_docs set branch_id = 'B1'")
        connection.execute("update raw.due_docs set branch_id = 'B2'")
        assert _history(connection, "doc_id", "branch_id") == [("D1", None), ("D1", "B1")]


def test_preparing_again_is_not_blocked_by_an_import_of_an_entity_with_history(warehouse: Warehouse) -> None:
    with warehouse.connect() as importing:
        _insert(importing, "D1")
        importing.execute("lock table raw.due_docs in share row exclusive mode")
        importing.execute("update raw.due_docs set open_amount = 4")
        warehouse.prepare()


def test_the_analyst_cannot_read_the_history(warehouse: Warehouse) -> None:
    with warehouse.connect(read_only_analyst=True) as analyst, pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute("select * from raw.due_docs_history")


def _insert(connection: Connection, *doc_ids: str) -> None:
    for doc_id in doc_ids:
        connection.execute(
            """
            insert into raw.due_docs (
                doc_id, doc_type, customer_id, issued_on, due_on, amount, open_amount, currency,
                _source, _file_id, _row_number
            )
            values (%s, 'invoice', 'C1', '2025-01-01', '2025-02-01', 10, 10, 'EUR', 'erp', 1, 1)
            """,
            [doc_id],
        )


def _history(connection: Connection, *columns: str) -> list[tuple[Any, ...]]:
    query = f"select {', '.join(columns)} from raw.due_docs_history order by doc_id, _version_id"
    return connection.execute(query.encode()).fetchall()
