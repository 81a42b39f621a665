"""The tables of deferred rows: one for each entity, typed as its rows are, and all of them as `ops.waiting_rows`."""

from collections.abc import Collection

from psycopg import sql

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.warehouse.connection import Connection

_ALL = sql.Identifier("ops", "waiting_rows")
# The rows of an earlier version, which kept them as JSON in one table, until they are taken over.
_FORMER = sql.Identifier("ops", "former_waiting_rows")


def deferred_table(entity: Entity) -> sql.Identifier:
    """The table of an entity's deferred rows: their file, number and key, and the columns that a file can have."""
    return sql.Identifier("ops", f"waiting_{entity.name}")


def ensure_deferred_tables(connection: Connection) -> None:
    """Create the missing tables, and the columns that these lack; take over the rows of an earlier version."""
    existing: dict[str, list[str]] = dict(
        connection.execute(
            """
            select relname, array_agg(attname::text) from pg_attribute inner join pg_class on pg_class.oid = attrelid
            where relnamespace = 'ops'::regnamespace and relkind = 'r' and relname like 'waiting\\_%'
                and attnum > 0 and not attisdropped
            group by relname
            """
        ).fetchall()
    )
    has_former = "record" in existing.get("waiting_rows", ())
    if has_former:
        connection.execute(sql.SQL("alter table {} rename to former_waiting_rows").format(_ALL))
    if has_former or "waiting_rows" not in existing:
        connection.execute(
            sql.SQL(
                "create table {} (file_id bigint not null, row_number bigint not null, entity text not null, key text)"
            ).format(_ALL)
        )
    for entity in ENTITIES.values():
        _ensure_table(connection, entity, existing.get(f"waiting_{entity.name}", ()))
        if has_former:
            _take_over(connection, entity)
    if has_former:
        _take_over_settings(connection)
        connection.execute(sql.SQL("drop table {}").format(_FORMER))


def _ensure_table(connection: Connection, entity: Entity, existing: Collection[str]) -> None:
    missing = [
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type.sql))
        for column in entity.given_columns
        if column.name not in existing
    ]
    table = deferred_table(entity)
    if not existing:
        connection.execute(
            sql.SQL("create table {} ({}, primary key (file_id, row_number)) inherits ({})").format(
                table, sql.SQL(", ").join(missing), _ALL
            )
        )
        connection.execute(sql.SQL("create index on {} (key)").format(table))
    elif missing:
        added = sql.SQL(", ").join(sql.SQL("add column {}").format(column) for column in missing)
        connection.execute(sql.SQL("alter table {} {}").format(table, added))


def _take_over(connection: Connection, entity: Entity) -> None:
    names = [column.name for column in entity.given_columns]
    connection.execute(
        sql.SQL(
            "insert into {table} (file_id, row_number, entity, key, {columns})"
            " select former.file_id, former.row_number, former.entity, former.key, {values}"
            " from {former} as former, jsonb_populate_record(null::{table}, former.record) as stored"
            " where former.entity = {entity}"
        ).format(
            table=deferred_table(entity),
            former=_FORMER,
            columns=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(sql.Identifier("stored", name) for name in names),
            entity=sql.Literal(entity.name),
        )
    )


def _take_over_settings(connection: Connection) -> None:
    connection.execute(
        sql.SQL(
            "insert into ops.waiting_files (file_id, columns, awaits, append, protect)"
            " select distinct on (file_id) file_id, columns, awaits, append, protect from {} order by file_id"
        ).format(_FORMER)
    )
