"""Which imports changed rows of which entity: what decides whether the marts have to be built."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from psycopg import sql

from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.locks import lock_until_commit


def note_changes(connection: Connection, file_id: int, entities: Iterable[str]) -> None:
    """Records in the caller's transaction that a file has changed rows of these entities.

    Call it last: until the commit, no other import can record a change of the same entities. Transactions that record
    several name them in the same order.
    """
    for entity in entities:
        lock_until_commit(connection, f"wiseparts.changes.{entity}")
        connection.execute(
            """
            insert into ops.entity_changes (entity, version, file_id, changed_at)
            select %(entity)s, coalesce(last.version, 0) + 1, %(file_id)s,
                greatest(clock_timestamp(), last.changed_at + interval '2 microseconds')
            from (select) as once left join lateral (
                select version, changed_at from ops.entity_changes
                where entity = %(entity)s order by version desc limit 1
            ) as last on true
            """,
            {"entity": entity, "file_id": file_id},
        )


def moment_of_change(entity: str) -> sql.Composed:
    """When rows are changed, as an expression: now, and later than any earlier import, even if the clock was set back.

    The marts read what has changed since the latest moment they know.
    """
    return sql.SQL(
        "greatest(statement_timestamp(), (select changed_at + interval '1 microsecond' from ops.entity_changes"
        " where entity = {} order by version desc limit 1))"
    ).format(sql.Literal(entity))


def current_versions(connection: Connection) -> dict[str, int]:
    """By entity, the number of its last change; entities that no import has changed are left out."""
    return dict(connection.execute("select entity, max(version) from ops.entity_changes group by entity").fetchall())


def first_change_after(connection: Connection, versions: Mapping[str, int]) -> datetime | None:
    """When the first import ended that changed one of these entities after its version; None if there was none."""
    row = connection.execute(
        """
        select min(changed_at) from ops.entity_changes
        inner join unnest(%s::text[], %s::bigint[]) as seen (entity, seen_version) using (entity)
        where version > seen_version
        """,
        [list(versions), list(versions.values())],
    ).fetchone()
    return row[0] if row else None
