"""Compares incremental builds of the marts with a build from scratch, row by row."""

from collections.abc import Callable

from psycopg import sql
from rich.table import Table

from wiseparts_pipeline.warehouse import Warehouse

_TABLES = """
    select table_schema, table_name from information_schema.tables
    where table_schema in ('marts', 'intermediate') and table_type = 'BASE TABLE' order by 1, 2
"""


def compare(warehouse: Warehouse, build_from_scratch: Callable[[], object]) -> Table:
    """How many rows of each table differ before and after the build."""
    with warehouse.connect() as connection:
        tables = connection.execute(_TABLES).fetchall()
        connection.execute("create schema stepwise")
        for schema, name in tables:
            copied = sql.SQL("create table {} as table {}")
            connection.execute(copied.format(sql.Identifier("stepwise", name), sql.Identifier(schema, name)))
    build_from_scratch()
    shown = Table(title="Rows in only one of the two: incremental builds, a build from scratch")
    shown.add_column("table")
    shown.add_column("rows", justify="right")
    with warehouse.connect() as connection:
        for schema, name in tables:
            query = sql.SQL(
                "select count(*) from ("
                "(table {0} except all table {1}) union all (table {1} except all table {0})) as differing"
            ).format(sql.Identifier(schema, name), sql.Identifier("stepwise", name))
            row = connection.execute(query).fetchone()
            assert row is not None
            shown.add_row(f"{schema}.{name}", f"{row[0]:,}")
        connection.execute("drop schema stepwise cascade")
    return shown
