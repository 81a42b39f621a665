"""The tables of the schema raw, derived from the entities; columns that an existing table lacks are added."""

from collections.abc import Iterable
from typing import LiteralString

from psycopg import sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID, VERSION_ID, Column, Entity, Policy
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse.connection import Connection

# Defaults of the database. An import locks the table in an earlier statement, so that a later commit has a later time:
# the marts read what has changed since the latest time they know.
_GENERATED: dict[str, LiteralString] = {
    "system_id": "gen_random_uuid()",
    "_created_at": "statement_timestamp()",
    "_updated_at": "statement_timestamp()",
}


def table_name(entity: Entity) -> sql.Identifier:
    """The entity's table as an SQL identifier."""
    return sql.Identifier("raw", entity.name)


def create_table(connection: Connection, entity: Entity) -> None:
    """Create the entity's table, which must not exist yet."""
    columns = [_declaration(column, not_null=column.required) for column in entity.table_columns]
    primary_key = sql.SQL("primary key ({})").format(_names(_identity(entity)))
    uniques = [*([entity.key] if entity.master else []), *([name] for name in entity.unique)]
    unique_keys = [sql.SQL("unique ({})").format(_names(names)) for names in uniques]
    body = sql.SQL(", ").join([*columns, primary_key, *unique_keys])
    connection.execute(sql.SQL("create table {} ({})").format(table_name(entity), body))
    _create_indexes(connection, entity)
    _clear_fingerprints(connection, entity)


def ensure_table(connection: Connection, entity: Entity) -> None:
    """Create the entity's table, and its history if it keeps one, or add the columns and indexes they lack.

    Raises WarehouseError if a column has another type.
    """
    if _add_columns(connection, entity.name, entity.table_columns):
        _update_defaults_and_index(connection, entity)
    else:
        create_table(connection, entity)
    if entity.keeps_history:
        _ensure_history(connection, entity)


def _add_columns(connection: Connection, table: str, columns: Iterable[Column]) -> bool:
    """Add the columns that the table lacks; returns False if there is no table."""
    existing = _existing_types(connection, table)
    for column in columns if existing else ():
        if column.name not in existing:
            # Existing rows can only have the default.
            declaration = _declaration(column, not_null=column.required and _default(column) is not None)
            connection.execute(
                sql.SQL("alter table {} add column {}").format(sql.Identifier("raw", table), declaration)
            )
        elif existing[column.name] != column.type.sql:
            raise WarehouseError(
                f"raw.{table}.{column.name} has the type {existing[column.name]}, not {column.type.sql}:"
                " the table was changed manually. Change the column back."
            )
    return bool(existing)


def _update_defaults_and_index(connection: Connection, entity: Entity) -> None:
    """Set the defaults, drop what is no longer required, and create the indexes that an existing table lacks."""
    for name, default in _outdated_defaults(connection, entity):
        connection.execute(
            sql.SQL("alter table {} alter column {} set default {}").format(
                table_name(entity), sql.Identifier(name), sql.SQL(default)
            )
        )
    for name in _needlessly_required(connection, entity):
        connection.execute(
            sql.SQL("alter table {} alter column {} drop not null").format(table_name(entity), sql.Identifier(name))
        )
    _create_indexes(connection, entity)
    _clear_fingerprints(connection, entity)


def _create_indexes(connection: Connection, entity: Entity) -> None:
    for column, kind in _indexed(connection, entity).items():
        name = f"{entity.name}_{column.removeprefix('_')}"
        if _has_index(connection, name):
            continue
        connection.execute(
            sql.SQL("create index {} on {} using {}").format(
                sql.Identifier(name), table_name(entity), sql.SQL(kind).format(sql.Identifier(column))
            )
        )


def _indexed(connection: Connection, entity: Entity) -> dict[str, LiteralString]:
    """By column, its index.

    Of facts, to let the marts find what has changed since a given time, and a month, and look-ups what they ask for,
    without reading all of a large table. Of master data, to let exports find what belongs to a record, such as a
    customer's addresses; imports of those take a quarter longer because of it, so they only have it where something is
    exported: from the next time on that the table's owner prepares the database.
    """
    if not entity.master:
        moments = [name for name in ("_updated_at", entity.day) if name is not None]
        by_moment = dict.fromkeys(moments, "brin ({}) with (autosummarize = on)")
        # Values of any length.
        return {**by_moment, **dict.fromkeys(entity.found_by, "hash ({})")}
    owners = [name for name, each in entity.references.items() if each.policy is Policy.WAIT]
    exported_and_ours = """
        select 1 from ops.exporters, pg_class
        where pg_class.oid = %s::regclass and pg_has_role(relowner, 'usage') limit 1
    """
    if owners and connection.execute(exported_and_ours, [table_name(entity).as_string(connection)]).fetchone():
        return dict.fromkeys(owners, "btree ({})")
    return {}


def _clear_fingerprints(connection: Connection, entity: Entity) -> None:
    """Has any update that changes a record and leaves its fingerprint clear this, as one by hand does."""
    name = f"clear_{entity.name}_fingerprint"
    called = "select 1 from pg_trigger where tgrelid = to_regclass(%s) and tgname = %s"
    if connection.execute(called, [table_name(entity).as_string(connection), name]).fetchone():
        return
    connection.execute(
        sql.SQL(
            "create or replace function raw.clear_fingerprint() returns trigger language plpgsql as"
            " 'begin new._fingerprint = null; return new; end'"
        )
    )
    connection.execute(
        sql.SQL(
            "create trigger {} before update on {} for each row when (old._fingerprint = new._fingerprint"
            " and old is distinct from new) execute function raw.clear_fingerprint()"
        ).format(sql.Identifier(name), table_name(entity))
    )


def _has_index(connection: Connection, name: str) -> bool:
    found = connection.execute(
        "select 1 from pg_class where relname = %s and relnamespace = 'raw'::regnamespace", (name,)
    )
    return found.fetchone() is not None


def _needlessly_required(connection: Connection, entity: Entity) -> list[str]:
    """The columns that an existing table needs in every row, and the entity does not any more."""
    optional = [
        column.name for column in entity.columns if not column.required and column.name not in _identity(entity)
    ]
    rows = connection.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnotnull and attname = any(%s)",
        (table_name(entity).as_string(connection), optional),
    )
    return [name for (name,) in rows]


def _outdated_defaults(connection: Connection, entity: Entity) -> list[tuple[str, LiteralString]]:
    """The columns whose default is not what it should be, with the right default."""
    rows = connection.execute(
        """
        select attname, pg_get_expr(adbin, adrelid)
        from pg_attrdef inner join pg_attribute on attrelid = adrelid and attnum = adnum
        where adrelid = to_regclass(%s)
        """,
        (table_name(entity).as_string(connection),),
    )
    return [(name, _GENERATED[name]) for name, default in rows if default != _GENERATED.get(name, default)]


def _ensure_history(connection: Connection, entity: Entity) -> None:
    """Have each update of the entity's table write the earlier versions of the changed records to its history."""
    if not _add_columns(connection, entity.history_name, entity.history_columns):
        # Earlier versions may lack what is required now.
        declarations = [_declaration(column, not_null=False) for column in entity.table_columns]
        connection.execute(
            sql.SQL("create table {} ({} bigint generated always as identity primary key, {})").format(
                _history_table(entity), sql.Identifier(VERSION_ID.name), sql.SQL(", ").join(declarations)
            )
        )
    name = f"keep_{entity.history_name}"
    function = sql.Identifier("raw", name)
    body = _history_function(entity).as_string(connection)
    written = connection.execute(
        "select prosrc from pg_proc where pronamespace = 'raw'::regnamespace and proname = %s", [name]
    ).fetchone()
    if written != (body,):
        connection.execute(
            sql.SQL("create or replace function {}() returns trigger language plpgsql as {}").format(function, body)
        )
    called = "select 1 from pg_trigger where tgrelid = to_regclass(%s) and tgname = %s"
    if not connection.execute(called, [table_name(entity).as_string(connection), name]).fetchone():
        connection.execute(
            sql.SQL(
                "create trigger {} after update on {} referencing old table as replaced new table as replacing"
                " for each statement execute function {}()"
            ).format(sql.Identifier(name), table_name(entity), function)
        )


def _history_function(entity: Entity) -> sql.Composed:
    """The body of the trigger function: stores the old versions of rows in which more than the lineage changed."""
    changed = [*entity.column_names, "_deleted_at"]
    insert = sql.SQL(
        "insert into {history} ({columns}) select {replaced} from replaced join replacing on {same}"
        " where ({before}) is distinct from ({after})"
    ).format(
        history=_history_table(entity),
        columns=_names(column.name for column in entity.table_columns),
        replaced=_names((column.name for column in entity.table_columns), "replaced"),
        same=sql.SQL("({}) = ({})").format(
            _names(_identity(entity), "replaced"), _names(_identity(entity), "replacing")
        ),
        before=_names(changed, "replaced"),
        after=_names(changed, "replacing"),
    )
    # Planned each time, because the next statement may update many more rows.
    return sql.SQL("begin execute {}; return null; end").format(sql.Literal(insert.as_string()))


def _history_table(entity: Entity) -> sql.Identifier:
    return sql.Identifier("raw", entity.history_name)


def _identity(entity: Entity) -> tuple[str, ...]:
    """The columns of the primary key."""
    return (SYSTEM_ID.name,) if entity.master else entity.key


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


def _names(columns: Iterable[str], table: str | None = None) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(table, name) if table else sql.Identifier(name) for name in columns)


def _existing_types(connection: Connection, table: str) -> dict[str, str]:
    """The types of the table's columns, in PostgreSQL's notation; empty if there is no table."""
    rows = connection.execute(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        """,
        (sql.Identifier("raw", table).as_string(connection),),
    )
    return dict(rows.fetchall())
