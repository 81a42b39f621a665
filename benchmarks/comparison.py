"""Compares incremental builds of the marts with a build from scratch, row by row."""

from collections.abc import Callable

from psycopg import sql
from rich.table import Table

from wiseparts_pipeline.warehouse import Warehouse

# Without `inputs`: from which versions of months a row was made is another with each build from scratch.
_TABLES = """
    select table_schema, table_name, array_agg(column_name::text order by ordinal_position)
    from information_schema.tables inner join information_schema.columns using (table_schema, table_name)
    where table_schema in ('marts', 'intermediate') and table_type = 'BASE TABLE' and column_name <> 'inputs'
    group by 1, 2 order by 1, 2
"""


def compare(warehouse: Warehouse, build_from_scratch: Callable[[], object]) -> Table:
    """How many rows of each table differ before and after the build, for people."""
    shown = Table(title="Rows in only one of the two: incremental builds, a build from scratch")
    shown.add_column("table")
    shown.add_column("rows", justify="right")
    for name, count in differing_rows(warehouse, build_from_scratch).items():
        shown.add_row(name, f"{count:,}")
    return shown


def differing_rows(warehouse: Warehouse, build_from_scratch: Callable[[], object]) -> dict[str, int]:
    """By table of the marts and what they are made of, how many rows differ before and after the build."""
    found = {}
    with warehouse.connect() as connection:
        tables = connection.execute(_TABLES).fetchall()
        connection.execute("create schema stepwise")
        for schema, name, _ in tables:
            copied = sql.SQL("create table {} as table {}")
            connection.execute(copied.format(sql.Identifier("stepwise", name), sql.Identifier(schema, name)))
    build_from_scratch()
    with warehouse.connect() as connection:
        for schema, name, columns in tables:
            query = sql.SQL(
                "select count(*) from ("
                "(select {2} from {0} except all select {2} from {1})"
                " union all (select {2} from {1} except all select {2} from {0})) as differing"
            ).format(
                sql.Identifier(schema, name),
                sql.Identifier("stepwise", name),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
            )
            row = connection.execute(query).fetchone()
            assert row is not None
            found[f"{schema}.{name}"] = row[0]
        connection.execute("drop schema stepwise cascade")
    return found
