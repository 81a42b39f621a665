"""Finds the matches again whose records have changed, by imports or by what people have decided."""

from collections.abc import Callable, Iterable, Mapping

from psycopg.types.json import Jsonb

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.importing.ledger.changes import current_versions, note_changes
from wiseparts_pipeline.matching.kinds import SIDES, Kind
from wiseparts_pipeline.matching.names import find_by_name
from wiseparts_pipeline.matching.overwriting import write_over
from wiseparts_pipeline.matching.products import find_products
from wiseparts_pipeline.matching.storing import Stored, store
from wiseparts_pipeline.matching.workspace import workspace
from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.locks import only_one

_LOCK = "wiseparts.matching"


def find_matches(warehouse: Warehouse, when_blocked: Callable[[str], object] = lambda holder: None) -> list[Stored]:
    """Finds the matches of the kinds whose records have changed since they were last found, each in a transaction.

    `when_blocked` is told who else is doing so before it waits. Raises WarehouseError.
    """
    with warehouse.connect(autocommit=True) as connection:
        if not _due(connection):
            return []
        with only_one(connection, _LOCK, when_blocked):
            return [_find(connection, kind) for kind in Kind if kind in _due(connection)]


def match_imported(warehouse: Warehouse, configuration: Configuration) -> list[str]:
    """Finds the matches of what was imported, and writes into our products what those that are certain let it.

    Returns what people have to look at: see `notices`.
    """
    found = find_matches(warehouse)
    write_over(warehouse, configuration)
    return notices(found)


def notices(found: Iterable[Stored]) -> list[str]:
    """A line for each kind of which one of theirs is the same as several of ours."""
    return [
        f"Matches: {each.conflicts:,} of their {each.kind} records are the same as several of ours, which is told by"
        f" wiseparts matches --kind {each.kind} --status proposed"
        for each in found
        if each.conflicts
    ]


def _due(connection: Connection) -> list[Kind]:
    """The kinds of which there are records of theirs, and of which records have changed."""
    versions = current_versions(connection)
    seen = dict(connection.execute("select kind, seen from ops.matchings").fetchall())
    return [
        kind for kind in Kind if SIDES[kind].made_of[0] in versions and seen.get(kind) != _versions_of(kind, versions)
    ]


def _versions_of(kind: Kind, versions: Mapping[str, int]) -> dict[str, int]:
    return {entity: versions.get(entity, 0) for entity in SIDES[kind].made_of}


def _find(connection: Connection, kind: Kind) -> Stored:
    with connection.transaction():
        # Before the records are read: what changes meanwhile is seen the next time.
        versions = current_versions(connection)
        with workspace(connection):
            if kind is Kind.PRODUCT:
                find_products(connection)
            else:
                find_by_name(connection, kind)
            stored = store(connection, kind)
        if stored.changed:
            note_decided(connection, kind)
            entity = SIDES[kind].made_of[0]
            versions[entity] = _own_change(versions[entity], current_versions(connection)[entity])
        connection.execute(
            """
            insert into ops.matchings (kind, seen) values (%s, %s)
            on conflict (kind) do update set seen = excluded.seen, found_at = clock_timestamp()
            """,
            [kind, Jsonb(_versions_of(kind, versions))],
        )
    return stored


def _own_change(before: int, now: int) -> int:
    """The version with the change that was just noted, unless an import came in between."""
    return now if now == before + 1 else before


def note_decided(connection: Connection, kind: Kind) -> None:
    """Has the marts built that are made of the matches of this kind, in the caller's transaction.

    They depend on what the matches are about: their records count as changed, by the file that last changed them.
    """
    entity = SIDES[kind].made_of[0]
    row = connection.execute(
        "select file_id from ops.entity_changes where entity = %s order by version desc limit 1", [entity]
    ).fetchone()
    if row is not None:
        note_changes(connection, row[0], [entity])
