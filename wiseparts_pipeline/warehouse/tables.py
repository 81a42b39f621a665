"""The tables of schema raw, derived from the entities; an existing table gets the columns that it lacks."""

from collections.abc import Iterable
from typing import Any, LiteralString

from psycopg import Connection, sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID, Column, Entity
from wiseparts_pipeline.errors import WarehouseError

# What the database fills in by itself. An import takes the table's lock with an earlier statement, so that what is
# committed later has a later time: the marts ask for what has changed since the latest time that they know.
_GENERATED: dict[str, LiteralString] = {
    "system_id": "gen_random_uuid()",
    "_created_at": "statement_timestamp()",
    "_updated_at": "statement_timestamp()",
}


def table_name(entity: Entity) -> sql.Identifier:
    """The entity's table as an SQL identifier."""
    return sql.Identifier("raw", entity.name)


def create_table(connection: Connection[Any], entity: Entity) -> None:
    """Create the entity's table, which must not exist."""
    columns = [_declaration(column, not_null=column.required) for column in entity.table_columns]
    primary_key = sql.SQL("primary key ({})").format(_names([SYSTEM_ID.name] if entity.master else entity.key))
    uniques = [*([entity.key] if entity.master else []), *([name] for name in entity.unique)]
    unique_keys = [sql.SQL("unique ({})").format(_names(names)) for names in uniques]
    body = sql.SQL(", ").join([*columns, primary_key, *unique_keys])
    connection.execute(sql.SQL("create table {} ({})").format(table_name(entity), body))
    _index_changes(connection, entity)


def ensure_table(connection: Connection[Any], entity: Entity) -> None:
    """Create the entity's table or add what it lacks of columns and indexes.

    WarehouseError: a column is of another type.
    """
    existing = _existing_types(connection, entity)
    if not existing:
        create_table(connection, entity)
        return
    for column in entity.table_columns:
        if column.name not in existing:
            # Rows that stand already can only have its default.
            declaration = _declaration(column, not_null=column.required and _default(column) is not None)
            connection.execute(sql.SQL("alter table {} add column {}").format(table_name(entity), declaration))
        elif existing[column.name] != column.type.sql:
            raise WarehouseError(
                f"raw.{entity.name}.{column.name} is of type {existing[column.name]}, not {column.type.sql}:"
                " the table was changed by hand. Change the column back."
            )
    for name, default in _outdated_defaults(connection, entity):
        connection.execute(
            sql.SQL("alter table {} alter column {} set default {}").format(
                table_name(entity), sql.Identifier(name), sql.SQL(default)
            )
        )
    if not _has_index(connection, entity):
        _index_changes(connection, entity)


def _index_changes(connection: Connection[Any], entity: Entity) -> None:
    """What has changed since some time is found without reading all of a large table."""
    if not entity.master:
        connection.execute(
            sql.SQL("create index {} on {} using brin (_updated_at) with (autosummarize = on)").format(
                sql.Identifier(_index_name(entity)), table_name(entity)
            )
        )


def _index_name(entity: Entity) -> str:
    return f"{entity.name}_updated_at"


def _has_index(connection: Connection[Any], entity: Entity) -> bool:
    if entity.master:
        return True
    found = connection.execute(
        "select 1 from pg_class where relname = %s and relnamespace = 'raw'::regnamespace", (_index_name(entity),)
    )
    return found.fetchone() is not None


def _outdated_defaults(connection: Connection[Any], entity: Entity) -> list[tuple[str, LiteralString]]:
    """The columns that the database fills in otherwise than it should, and how it should."""
    rows = connection.execute(
        """
        select attname, pg_get_expr(adbin, adrelid)
        from pg_attrdef inner join pg_attribute on attrelid = adrelid and attnum = adnum
        where adrelid = to_regclass(%s)
        """,
        (table_name(entity).as_string(connection),),
    )
    return [(name, _GENERATED[name]) for name, default in rows if default != _GENERATED.get(name, default)]


def _declaration(column: Column, *, not_null: bool) -> sql.Composable:
    parts: list[sql.Composable] = [sql.Identifier(column.name), sql.SQL(column.type.sql)]
    if (default := _default(column)) is not None:
        parts += [sql.SQL("default"), default]
    if not_null:
        parts.append(sql.SQL("not null"))
    return sql.SQL(" ").join(parts)


def _default(column: Column) -> sql.Composable | None:
    if column.name in _GENERATED:
        return sql.SQL(_GENERATED[column.name])
    return sql.Literal(column.default) if column.default is not None else None


def _names(columns: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _existing_types(connection: Connection[Any], entity: Entity) -> dict[str, str]:
    """The types of the table's columns, as PostgreSQL writes them; empty where there is no table."""
    rows = connection.execute(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        """,
        (table_name(entity).as_string(connection),),
    )
    return dict(rows.fetchall())
