"""The person who is to be forgotten: the keys, the records, and the values that lead to the person."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import FORGOTTEN, SYSTEM_ID, Entity, Personal
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.forgetting.words import whole
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.deferred import deferred_table

# A shorter text may be part of anything.
SHORTEST_TEXT = 4
# A cell may hold several numbers or addresses.
_SEVERAL = re.compile(r"[,;|\n]|\s/\s")
_SEVERAL_NUMBERS = re.compile(r"[\s().+/-]")
_DIGITS = 7


@dataclass(frozen=True)
class Person:
    """A record of an entity. `keys`: the asked one first, then those that the record has or had besides."""

    entity: Entity
    keys: tuple[str, ...]
    system_ids: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.keys[0]

    @property
    def entities(self) -> list[Entity]:
        """Those whose records may say something about the person."""
        return [entity for entity in ENTITIES.values() if entity.personal_columns and self._may_have(entity)]

    def owns(self, entity: Entity, table: str) -> sql.Composed:
        """The condition that a record, or a deferred row, of one of these entities is the person's."""
        if entity.name != self.entity.name:
            assert entity.person is not None
            return _is_any(sql.Identifier(table, entity.person.column), self.keys)
        (key,) = entity.key
        return sql.SQL("({} or {}::text = any({}))").format(
            _is_any(sql.Identifier(table, key), self.keys),
            sql.Identifier(table, SYSTEM_ID.name),
            sql.Literal(list(self.system_ids)),
        )

    def owned(self, entity: Entity, table: str) -> sql.Composed:
        """The same of earlier versions of records, in which somebody else may have had the person's key."""
        if entity.name != self.entity.name or not self.system_ids:
            return self.owns(entity, table)
        return sql.SQL("{}::text = any({})").format(
            sql.Identifier(table, SYSTEM_ID.name), sql.Literal(list(self.system_ids))
        )

    def _may_have(self, entity: Entity) -> bool:
        return entity.name == self.entity.name or (
            entity.person is not None and entity.person.entity == self.entity.name
        )


def forgettable() -> list[str]:
    """The entities whose records are persons that can be forgotten."""
    return [entity.name for entity in ENTITIES.values() if entity.master and entity.personal_columns]


def find_person(connection: Connection, entity: Entity, key: str) -> Person:
    """The person of a key, or of one that the record had before; there may be no record.

    Raises WisepartsError for a key that nobody has and several records had before.
    """
    (column,) = entity.key
    snapshot = snapshot_of(connection, entity)
    names: dict[str, sql.Composable] = {
        "raw": sql.Identifier("raw", entity.name),
        "snapshot": snapshot or sql.Identifier("raw", entity.name),
        "key": sql.Identifier(column),
        "entity": sql.Literal(entity.name),
    }
    ids = _values(
        connection,
        "select system_id::text from {raw} where {key} = %(key)s"
        " union select system_id::text from ops.forgotten where entity = {entity} and key = %(key)s",
        names,
        key=key,
    ) or _one_that_had(connection, entity, key, names)
    ids = [each for each in ids if each is not None]
    found = _values(
        connection,
        "select {key} from {raw} where system_id::text = any(%(ids)s)"
        " union select {key} from {snapshot} where system_id::text = any(%(ids)s)"
        " union select key from ops.forgotten where entity = {entity} and system_id::text = any(%(ids)s)",
        names,
        ids=ids,
    )
    # A key that was given to another record since is no longer the person's.
    others = _values(
        connection,
        "select {key} from {raw} where {key} = any(%(keys)s) and system_id::text <> all(%(ids)s)",
        names,
        keys=found,
        ids=ids,
    )
    return Person(entity, (key, *sorted({*found} - {key, *others, None})), tuple(ids))


def identities(connection: Connection, person: Person) -> list[str]:
    """The values that lead to the person and to nobody else, as they are stored, and their parts."""
    found: set[str] = set()
    for entity in filter(lambda each: each.master, person.entities):
        traces = [column.name for column in entity.columns if column.personal is Personal.IDENTITY]
        owns, owned = person.owns(entity, "stored"), person.owned(entity, "stored")
        tables = [(sql.Identifier("raw", entity.name), owns), (deferred_table(entity), owns)]
        if snapshot := snapshot_of(connection, entity):
            tables.append((snapshot, owned))
        for table, condition in tables:
            names = [name for name in traces if name in columns_of(connection, table)]
            query = sql.SQL("select {} from {} as stored where {}").format(
                sql.SQL(", ").join(map(sql.Identifier, names)), table, condition
            )
            found |= {value for row in connection.execute(query) for value in row if value}
    return without_others(connection, _parts(found), person)


def without_others(connection: Connection, values: Iterable[str], person: Person | None = None) -> list[str]:
    """The values that are not in what is personal of others, in whatever case; without a person, all are others."""
    found = {value.lower(): value for value in sorted(values)}
    for entity in filter(lambda each: each.master, ENTITIES.values()):
        is_own = person.owns(entity, "stored") if person and entity in person.entities else sql.SQL("false")
        for table in (sql.Identifier("raw", entity.name), deferred_table(entity)):
            for column in {each.name for each in entity.personal_columns} & columns_of(connection, table):
                query = sql.SQL(
                    "select distinct {0} from {1} as stored where {2} is not true and exists (select"
                    " from unnest(%s::text[]) as value where position(value in concat_ws(' ', {0}, lower({0}))) > 0)"
                ).format(sql.Identifier("stored", column), table, is_own)
                # What the database takes for a capital letter depends on its locale.
                for (other,) in connection.execute(query, [[*found, *found.values()]]):
                    found = {
                        lower: value for lower, value in found.items() if not re.search(whole([lower]), other.lower())
                    }
    return sorted(found.values())


def snapshot_of(connection: Connection, entity: Entity) -> sql.Identifier | None:
    """The history of the entity that dbt keeps, if there is one."""
    name = f"snap_{entity.name}"
    row = connection.execute("select to_regclass(%s) is not null", [f"snapshots.{name}"]).fetchone()
    return sql.Identifier("snapshots", name) if row and row[0] else None


def columns_of(connection: Connection, table: sql.Identifier) -> set[str]:
    """The table's columns; none if there is no such table."""
    rows = connection.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        [table.as_string(connection)],
    )
    return {name for (name,) in rows}


def _parts(values: Iterable[str]) -> set[str]:
    """The values, each of several addresses or numbers in one of them, and numbers as digits only.

    Other parts, such as the "Ltd." of a name, lead to many.
    """
    parts = {value.strip() for value in values}
    for value in values:
        for part in map(str.strip, _SEVERAL.split(value)):
            digits = _SEVERAL_NUMBERS.sub("", part)
            if digits.isdecimal() and len(digits) >= _DIGITS:
                parts |= {part, digits}
            elif "@" in part:
                parts.add(part)
    return {part for part in parts if len(part) >= SHORTEST_TEXT and part != FORGOTTEN}


def _one_that_had(connection: Connection, entity: Entity, key: str, names: dict[str, sql.Composable]) -> list[str]:
    """The id of the record that had the key before, if there is one; raises WisepartsError for several."""
    ids = _values(
        connection,
        "select distinct system_id::text from {snapshot} where {key} = %(key)s and system_id is not null order by 1",
        names,
        key=key,
    )
    if len(ids) < 2:
        return ids
    others = _values(
        connection,
        "select distinct {key} from (select system_id, {key} from {raw} union select system_id, {key} from {snapshot})"
        " as known where system_id::text = any(%(ids)s) and {key} <> %(key)s order by 1",
        names,
        ids=ids,
        key=key,
    )
    raise WisepartsError(
        f"No record of {entity.name} has the key {key} now, and {len(ids)} had it one after the other, with the"
        f" system_id {', '.join(ids)}: nothing was changed. Forget the one that is meant by another of its keys"
        f" ({', '.join(others) or 'there is none'})."
    )


def _is_any(column: sql.Composable, values: Iterable[str]) -> sql.Composed:
    return sql.SQL("{} = any({})").format(column, sql.Literal(list(values)))


def _values(connection: Connection, query: str, names: dict[str, sql.Composable], **values: object) -> list[str]:
    rows = connection.execute(sql.SQL(query).format(**names), values)
    return [value for (value,) in rows]
