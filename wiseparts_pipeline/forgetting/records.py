"""A person's records in the database: raw, deferred rows, parts of records, and the history that dbt keeps."""

from collections import Counter
from collections.abc import Iterable

from psycopg import sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID, Column, Entity, Personal, Type
from wiseparts_pipeline.forgetting.person import Person, columns_of, snapshot_of
from wiseparts_pipeline.importing.ledger.changes import moment_of_change, note_changes
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.deferred import deferred_table

# Changes that no file has made.
_NO_FILE = 0


def attribute(connection: Connection, person: Person, identities: Iterable[str]) -> None:
    """Gives the person's key to records and deferred rows without one that are theirs by a number or address.

    Those that the marts have given to the person, which compare numbers however they are written, and those with a
    value that only the person has. Otherwise they would be nobody's once these values are gone.
    """
    for entity in person.entities:
        traces = [column.name for column in entity.columns if column.personal is Personal.IDENTITY]
        if entity.master or entity.person is None or not traces:
            continue
        same = [
            sql.SQL("lower(btrim({})) = any({})").format(
                sql.Identifier("stored", name), sql.Literal([value.lower() for value in identities])
            )
            for name in traces
        ]
        conditions = [*same, *_given_by_marts(connection, person, entity)]
        names = {
            "records": sql.Identifier("raw", entity.name),
            "deferred": deferred_table(entity),
            "is_theirs": sql.SQL("{} is null and ({})").format(
                sql.Identifier("stored", entity.person.column), sql.SQL(" or ").join(conditions)
            ),
            "person": sql.Identifier(entity.person.column),
            "key": sql.Literal(person.key),
            "moment": moment_of_change(entity.name),
            "entity": sql.Literal(entity.name),
            "of": sql.Literal(person.entity.name),
        }
        connection.execute(
            sql.SQL(
                "update {records} as stored set {person} = {key}, _updated_at = {moment}, _fingerprint = null"
                " where {is_theirs}"
            ).format(**names)
        )
        # `note` looks at records only, and these rows are to be known when they are sent again.
        connection.execute(
            sql.SQL(
                "with given as (update {deferred} as stored set {person} = {key} where {is_theirs} returning key)"
                " insert into ops.forgotten (entity, key, person_entity, person_key)"
                " select distinct {entity}, given.key, {of}, {key} from given where given.key is not null"
                " on conflict do nothing"
            ).format(**names)
        )


def note(connection: Connection, person: Person) -> dict[str, set[str]]:
    """Records whose records are emptied from now on; returns the keys of the person's records by entity."""
    for key in person.keys:
        connection.execute(
            "insert into ops.forgotten (entity, key, system_id, person_entity, person_key)"
            " values (%(entity)s, %(key)s, %(id)s, %(entity)s, %(key)s) on conflict do nothing",
            {"entity": person.entity.name, "key": key, "id": next(iter(person.system_ids), None)},
        )
    for entity in person.entities:
        own = entity.name == person.entity.name
        assert entity.person is not None
        connection.execute(
            sql.SQL(
                "insert into ops.forgotten (entity, key, system_id, person_entity, person_key)"
                " select {}, {key}, {}, {}, {} from {} as stored where {} and {key} is not null on conflict do nothing"
            ).format(
                sql.Literal(entity.name),
                sql.Identifier("stored", SYSTEM_ID.name) if entity.master else sql.SQL("null"),
                sql.Literal(person.entity.name),
                _key_text(entity) if own else sql.Identifier("stored", entity.person.column),
                sql.Identifier("raw", entity.name),
                person.owns(entity, "stored"),
                key=_key_text(entity),
            )
        )
    rows = connection.execute(
        "select entity, array_agg(key) from ops.forgotten where person_entity = %s and person_key = any(%s)"
        " group by entity",
        [person.entity.name, list(person.keys)],
    )
    return {entity: set(keys) for entity, keys in rows}


def empty(connection: Connection, person: Person) -> Counter[str]:
    """Empties what is personal in the person's records; returns how many were changed, by table."""
    counts: Counter[str] = Counter()
    changed = []
    for entity in person.entities:
        owns, columns = person.owns(entity, "stored"), entity.personal_columns
        lineage = sql.SQL("_fingerprint = null, _updated_at = {}").format(moment_of_change(entity.name))
        raw, waiting = f"raw.{entity.name}", f"ops.waiting_{entity.name}"
        counts[raw] = _emptied(connection, sql.Identifier("raw", entity.name), columns, owns, lineage)
        if entity.keeps_history:
            history, owned = sql.Identifier("raw", entity.history_name), person.owned(entity, "stored")
            counts[f"raw.{entity.history_name}"] = _emptied(connection, history, columns, owned)
        counts[waiting] = _emptied(connection, deferred_table(entity), columns, owns)
        if counts[raw]:
            changed.append(entity.name)
        counts["ops.record_parts"] += _empty_parts(connection, person, entity)
        if snapshot := snapshot_of(connection, entity):
            counts[f"snapshots.snap_{entity.name}"] = _empty_snapshot(connection, person, entity, snapshot)
    note_changes(connection, _NO_FILE, changed)
    return counts


def _emptied(
    connection: Connection,
    table: sql.Identifier,
    columns: Iterable[Column],
    owns: sql.Composable,
    also: sql.Composable | None = None,
) -> int:
    values = [(sql.Identifier(column.name), sql.Literal(column.forgotten)) for column in columns]
    if not values:
        return 0
    given = [sql.SQL("{} = {}").format(*each) for each in values]
    differs = [sql.SQL("stored.{} is distinct from {}").format(*each) for each in values]
    return connection.execute(
        sql.SQL("update {} as stored set {} where {} and ({})").format(
            table, sql.SQL(", ").join([*given, *([also] if also else [])]), owns, sql.SQL(" or ").join(differs)
        )
    ).rowcount


def _empty_parts(connection: Connection, person: Person, entity: Entity) -> int:
    assert entity.person is not None
    emptied = {column.name: column.forgotten for column in entity.personal_columns}
    # Rows that were found by a number get the key too, or the record would lose it with its next part.
    given = {} if entity.name == person.entity.name else {entity.person.column: person.key}
    pairs = [sql.Literal(each) for pair in (emptied | given).items() for each in pair]
    return connection.execute(
        sql.SQL(
            "update ops.record_parts as part set record = part.record || jsonb_build_object({pairs})"
            " where part.entity = {entity} and part.record is distinct from part.record || jsonb_build_object({pairs})"
            " and (part.record ->> {person} = any({keys}) or part.key in ("
            "   select key from ops.forgotten"
            "   where entity = {entity} and person_entity = {of} and person_key = any({keys})))"
        ).format(
            pairs=sql.SQL(", ").join(sql.SQL("{}::text").format(each) for each in pairs),
            entity=sql.Literal(entity.name),
            person=sql.Literal(entity.key[0] if entity.name == person.entity.name else entity.person.column),
            of=sql.Literal(person.entity.name),
            keys=sql.Literal(list(person.keys)),
        )
    ).rowcount


def _empty_snapshot(connection: Connection, person: Person, entity: Entity, snapshot: sql.Identifier) -> int:
    """All versions at once: dbt only ever adds versions, and would keep the earlier ones as they were."""
    there = columns_of(connection, snapshot)
    owns = sql.SQL(
        "({} or stored.system_id in (select system_id from ops.forgotten"
        " where entity = {} and person_entity = {} and person_key = any({})))"
    ).format(
        person.owned(entity, "stored"),
        sql.Literal(entity.name),
        sql.Literal(person.entity.name),
        sql.Literal(list(person.keys)),
    )
    return _emptied(connection, snapshot, [each for each in entity.personal_columns if each.name in there], owns)


def _given_by_marts(connection: Connection, person: Person, entity: Entity) -> Iterable[sql.Composed]:
    """The condition that the mart of an entity's records has given one without the person's key to the person."""
    mart, dimension = (
        sql.Identifier("marts", f"fct_{entity.name}"),
        sql.Identifier("marts", f"dim_{person.entity.name}"),
    )
    (key,) = person.entity.key
    link = f"{key.removesuffix('_id')}_key"
    if not {*entity.key, link} <= columns_of(connection, mart):
        return
    if not {key, link} <= columns_of(connection, dimension):
        return
    same = [sql.SQL("fact.{0} = stored.{0}").format(sql.Identifier(name)) for name in entity.key]
    yield sql.SQL(
        "exists (select from {} as fact inner join {} as member using ({}) where member.{} = any({}) and {})"
    ).format(
        mart,
        dimension,
        sql.Identifier(link),
        sql.Identifier(key),
        sql.Literal(list(person.keys)),
        sql.SQL(" and ").join(same),
    )


def _key_text(entity: Entity) -> sql.Composed:
    """As `Entity.key_text` writes it."""
    parts = [
        sql.SQL(
            "{}::text"
            if len(entity.key) == 1 or entity[name].type is Type.INT
            else r"replace(replace({}::text, '\', '\\'), '/', '\/')"
        ).format(sql.Identifier("stored", name))
        for name in entity.key
    ]
    return sql.SQL(" || '/' || ").join(parts)
