"""A warehouse on the server of the session: tables and their evolution, rights, and error messages."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy
from psycopg import sql
from psycopg.rows import TupleRow

from wiseparts_pipeline import warehouse as warehouse_package
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.errors import ConfigurationError, WarehouseError
from wiseparts_pipeline.warehouse import ANALYST, Warehouse
from wiseparts_pipeline.warehouse.tables import ensure_table

every_entity = pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES.keys())
LINEAGE = {"_source": "erp", "_file_id": 1, "_row_number": 1}
Connection = psycopg.Connection[TupleRow]


@pytest.fixture
def connection(shared_warehouse: Warehouse) -> Iterator[Connection]:
    """A connection to a prepared database, whose changes are rolled back."""
    connection = shared_warehouse.connect()
    yield connection
    connection.rollback()
    connection.close()


@every_entity
def test_the_table_of_an_entity_has_its_columns_and_the_lineage(connection: Connection, entity: Entity) -> None:
    columns = connection.execute(sql.SQL("select * from raw.{}").format(sql.Identifier(entity.name))).description
    assert [column.name for column in columns or ()] == [column.name for column in entity.table_columns]


@every_entity
def test_the_key_is_unique(connection: Connection, entity: Entity) -> None:
    _insert_example(connection, entity)
    with pytest.raises(psycopg.errors.UniqueViolation):
        _insert_example(connection, entity)


def test_master_data_have_a_system_id_as_primary_key(connection: Connection) -> None:
    _insert_example(connection, ENTITIES["customers"])
    assert connection.execute("select system_id is not null from raw.customers").fetchone() == (True,)


def test_a_sku_belongs_to_one_product(connection: Connection) -> None:
    _insert_example(connection, ENTITIES["products"])
    with pytest.raises(psycopg.errors.UniqueViolation, match="sku"):
        _insert_example(connection, ENTITIES["products"], product_id="another")


def test_several_records_may_have_no_external_key(connection: Connection) -> None:
    for _ in range(2):
        _insert_example(connection, ENTITIES["customers"], customer_id=None)


def test_the_table_has_the_defaults_of_the_entity(connection: Connection) -> None:
    connection.execute(
        """
        insert into raw.inventory (sku, quantity_available, _source, _file_id, _row_number)
        values ('A', 1, 'erp', 1, 1)
        """
    )
    assert connection.execute("select warehouse_id from raw.inventory").fetchone() == ("MAIN",)


def test_an_existing_table_gets_the_columns_it_lacks_and_keeps_its_rows(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _insert_example(connection, ENTITIES["sales"])
        connection.execute("alter table raw.sales drop column channel, drop column currency, drop column document_type")
    warehouse.prepare()
    with warehouse.connect() as connection:
        row = connection.execute("select invoice_id, channel, currency, document_type from raw.sales").fetchone()
    assert row == ("INV-2025-00042", None, None, "invoice")


@pytest.mark.parametrize("entity", ["addresses", "contacts", "customer_branches"])
def test_what_belongs_to_a_customer_is_found_by_an_index_where_something_is_exported(
    connection: Connection, entity: str
) -> None:
    index = f"select to_regclass('raw.{entity}_customer_id') is not null".encode()
    ensure_table(connection, ENTITIES[entity])
    before = connection.execute(index).fetchone()
    connection.execute("insert into ops.exporters values ('customers')")
    ensure_table(connection, ENTITIES[entity])
    assert (before, connection.execute(index).fetchone()) == ((False,), (True,))


def test_offers_of_a_product_are_found_by_an_index(connection: Connection) -> None:
    _insert_example(connection, ENTITIES["supplier_offers"], puid="x" * 10_000)
    connection.execute("set local enable_seqscan = off")
    found = "explain select from raw.supplier_offers where puid = any(array['1', '2'])"
    plan = " ".join(line for (line,) in connection.execute(found.encode()))
    assert "supplier_offers_puid" in plan


def test_an_older_table_gets_the_index_and_the_time_defaults_that_builds_rely_on(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("drop index raw.sales_updated_at")
        connection.execute("alter table raw.sales alter column _updated_at set default now()")
    warehouse.prepare()
    with warehouse.connect() as connection:
        connection.execute("select pg_sleep(0.001)")
        _insert_example(connection, ENTITIES["sales"])
        later = connection.execute("select _updated_at > now() from raw.sales").fetchone()
        index = connection.execute("select to_regclass('raw.sales_updated_at') is not null").fetchone()
    assert (later, index) == ((True,), (True,))


def test_a_column_that_is_no_longer_required_may_be_empty_in_an_older_table(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("alter table raw.categories alter column path set not null")
    warehouse.prepare()
    with warehouse.connect() as connection:
        connection.execute(
            "insert into raw.categories (category_id, name, _source, _file_id, _row_number)"
            " values ('A', 'A', 'x', 1, 1)"
        )


def test_an_unknown_column_is_left_alone(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("alter table raw.sales add column mine text")
    warehouse.prepare()
    with warehouse.connect() as connection:
        connection.execute("select mine from raw.sales")


def test_a_column_of_another_type_is_refused_and_named(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("alter table raw.sales alter column quantity type double precision")
    with pytest.raises(
        WarehouseError, match=r"raw\.sales\.quantity has the type double precision, not numeric\(20,6\)"
    ):
        warehouse.prepare()


def test_a_column_that_the_ledger_of_an_earlier_version_lacks_is_added(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("alter table ops.import_files drop column file_moment")
    warehouse.prepare()
    with warehouse.connect() as connection:
        connection.execute("select file_moment from ops.import_files")


def test_preparing_again_is_not_blocked_by_an_import(warehouse: Warehouse) -> None:
    with warehouse.connect() as importing:
        importing.execute("lock table raw.sales, ops.import_files, ops.rejected_rows in row exclusive mode")
        warehouse.prepare()


def test_processes_may_prepare_concurrently(empty_url: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        for prepared in [threads.submit(Warehouse(empty_url).prepare) for _ in range(8)]:
            prepared.result()


def test_every_row_of_an_imported_file_must_be_accounted_for(connection: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="accounted_for"):
        connection.execute(
            """
            insert into ops.import_files (importer, entity, source, path, name, status, rows_read, rows_created)
            values ('sales', 'sales', 'erp', 'Sales/a.csv', 'a.csv', 'imported', 3, 2)
            """
        )


def test_a_rejected_row_keeps_the_order_of_its_columns(connection: Connection) -> None:
    connection.execute(
        """
        insert into ops.rejected_entries (file_id, row_number, entity, code, message, raw)
        values (1, 1, 'sales', 'not_a_number', 'quantity: "x" is no number', '{"b": "1", "a": "2"}')
        """
    )
    assert connection.execute("select raw::text from ops.rejected_rows").fetchone() == ('{"b": "1", "a": "2"}',)


def test_the_analyst_can_read_later_marts_and_the_import_log(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("create table marts.fct as select 1 as one")
    with warehouse.connect(read_only_analyst=True) as analyst:
        assert analyst.execute("select one, current_user from fct").fetchone() == (1, ANALYST)
        assert analyst.execute("select count(*) from ops.import_files").fetchone() == (0,)


@pytest.mark.parametrize("table", ["raw.sales", "ops.rejected_rows"])
def test_the_analyst_can_read_nothing_else(warehouse: Warehouse, table: str) -> None:
    query = sql.SQL("select * from {}").format(sql.Identifier(*table.split(".")))
    with warehouse.connect(read_only_analyst=True) as analyst, pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute(query)


def test_the_analyst_can_write_nothing(warehouse: Warehouse) -> None:
    with warehouse.connect(read_only_analyst=True) as analyst, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        analyst.execute("create temporary table mine (one int)")


def test_the_time_zone_of_a_connection_is_utc(connection: Connection) -> None:
    assert connection.execute("show timezone").fetchone() == ("UTC",)


def test_the_url_for_dagster_selects_its_schema(warehouse: Warehouse) -> None:
    engine = sqlalchemy.create_engine(warehouse.dagster_url())
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("select current_schema()")).scalar() == "dagster"
    engine.dispose()


def test_the_environment_for_dbt_connects_to_the_database(warehouse: Warehouse) -> None:
    environment = {
        name.removeprefix("WISEPARTS_PG_").lower(): value for name, value in warehouse.dbt_environment().items()
    }
    with psycopg.connect(**environment) as connection:  # type: ignore[arg-type]
        assert connection.info.dbname == urlsplit(warehouse.url).path.removeprefix("/")


def test_the_environment_variable_selects_the_database(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", empty_url)
    with Warehouse.open(tmp_path) as warehouse:
        assert warehouse.url == empty_url
    assert not any(tmp_path.iterdir())


def test_an_old_server_is_refused(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse_package, "OLDEST_SERVER", 1000)
    with pytest.raises(WarehouseError, match=r"is PostgreSQL \d\d; 1000 or newer is needed"):
        warehouse.prepare()


def test_missing_rights_of_the_database_user_are_reported(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("drop schema staging")
    with _login(warehouse) as url, pytest.raises(WarehouseError, match="lacks the rights to prepare"):
        Warehouse(url).prepare()


def test_a_database_that_is_down_is_reported_with_its_address() -> None:
    with pytest.raises(WarehouseError, match=r"127\.0\.0\.1.*WISEPARTS_DATABASE_URL"):
        Warehouse("postgresql://me:s3cret-word@127.0.0.1:1/wiseparts").prepare()


def test_no_error_shows_the_password(warehouse: Warehouse) -> None:
    unreachable = Warehouse("postgresql://me:s3cret-word@127.0.0.1:1/s3cret-word")
    with pytest.raises(WarehouseError) as error:
        unreachable.connect()
    assert "s3cret-word" not in f"{error.value}{error.value.__cause__}{unreachable}"
    assert error.value.__suppress_context__


@pytest.mark.parametrize("url", ["postgresql://me:s3cret-word@host?port", "me:s3cret-word@host", "postgresql://["])
def test_an_invalid_url_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="WISEPARTS_DATABASE_URL is not a PostgreSQL URL") as error:
        Warehouse(url).connect()
    assert "s3cret-word" not in str(error.value)


def _insert_example(connection: Connection, entity: Entity, **values: str | None) -> None:
    lists = {column.name: f"{{{column.example}}}" for column in entity.columns if column.type is Type.TEXT_LIST}
    row = {column.name: column.example for column in entity.columns} | lists | LINEAGE | values
    insert = sql.SQL("insert into raw.{} ({}) values ({})").format(
        sql.Identifier(entity.name),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    connection.execute(insert, list(row.values()))


@contextmanager
def _login(warehouse: Warehouse) -> Iterator[str]:
    """The warehouse's URL for a new database user without rights."""
    user = f"user_{uuid4().hex}"
    with warehouse.connect(autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} login password 'secret'").format(sql.Identifier(user)))
        try:
            parts = urlsplit(warehouse.url)
            yield parts._replace(netloc=f"{user}:secret@{parts.netloc.rpartition('@')[2]}").geturl()
        finally:
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(user)))
