"""Where a record is: the files and rows that created and last changed it, its rejected rows, the marts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row

from wiseparts_pipeline.dbt.project import mart_keys
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity, Type
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.export import Export
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.rows import LedgerRow
from wiseparts_pipeline.importing.loading.matching.added import digest
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.tables import table_name

# Part of a key, such as an invoice, may have very many records.
MOST_RECORDS = 100
MOST_ENTRIES = 200
_MOST_NEAR = 10
_MOST_LEADING_ZEROS = 12

IN_IT = "in it"
OLDER = "an older state: not built since"
NOT_BUILT = "not built yet"
LEFT_OUT = "not in it: deleted"


@dataclass(frozen=True)
class Origin:
    """A row of a file. `row_number` 0: the file is a full snapshot without the record."""

    file_id: int
    row_number: int


@dataclass(frozen=True)
class Written:
    """Where a column's value is from that another source has written into the record, and since when it is there."""

    source: str
    origin: Origin
    at: datetime


@dataclass(frozen=True)
class Record:
    """One record: its columns as stored, what created and last changed it, and its state in each mart.

    `written`: by column, what another source has written and nobody has changed since.
    """

    values: dict[str, Any]
    created: Origin
    changed: Origin
    marts: dict[str, str]
    written: dict[str, Written] = field(default_factory=dict)

    @property
    def origins(self) -> list[Origin]:
        return [self.created, self.changed, *(each.origin for each in self.written.values())]


@dataclass(frozen=True)
class Trace:
    """What is known of a key, or of part of one.

    `entries`: rows of ops.rejected_rows, open ones first. `files`: by file_id. `exports`: of the records. `near`:
    similar keys, if nothing is known of the key itself. `is_cut`: there are more records or entries.
    """

    entity: Entity
    key: tuple[str, ...]
    records: list[Record] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    files: dict[int, LedgerRow] = field(default_factory=dict)
    exports: list[Export] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    is_cut: bool = False


def trace(connection: Connection, entity: Entity, key: Sequence[str]) -> Trace:
    """Looks a record up by the parts of its key in order, by the first of them, another unique column or its system_id.

    The parts may be joined by `/` in one text, as rejected rows show them.
    """
    for parts in _readings(entity, tuple(key)):
        records = _records(connection, entity, parts)
        entries = _entries(connection, entity, {parts, *(_key(entity, record.values) for record in records)})
        if records or entries:
            ids = {file_id for entry in entries for file_id in (entry["file_id"], entry["resolved_by_file_id"])}
            ids |= {origin.file_id for record in records for origin in record.origins}
            return Trace(
                entity,
                parts,
                records[:MOST_RECORDS],
                entries[:MOST_ENTRIES],
                ledger.get_all(connection, ids - {None}),
                log.of_records(connection, entity.name, _exported(entity, parts, records)),
                is_cut=len(records) > MOST_RECORDS or len(entries) > MOST_ENTRIES,
            )
    return Trace(entity, tuple(key), near=_near(connection, entity, tuple(key)))


def _readings(entity: Entity, key: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield key
    if len(key) == 1 and (parts := tuple(key[0].rsplit("/", len(entity.key) - 1))) != key:
        yield parts


def _exported(entity: Entity, parts: tuple[str, ...], records: list[Record]) -> set[str]:
    """The keys that exports have of these records: an order is exported as a whole."""
    return {parts[0], *(str(record.values[entity.key[0]]) for record in records)}


def _key(entity: Entity, values: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(values[column]) for column in entity.key if values[column] is not None)


def _records(connection: Connection, entity: Entity, parts: tuple[str, ...]) -> list[Record]:
    """The records that match, ordered by key; one more than is shown."""
    columns = [column.name for column in entity.table_columns]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for condition in _conditions(entity, parts):
        query = sql.SQL("select {} from {} where {} order by {} limit {}").format(
            _names(columns),
            table_name(entity),
            sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in condition),
            _names(entity.key),
            MOST_RECORDS + 1,
        )
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(query, list(condition.values())):
                found[tuple(row[name] for name in (*_identity(entity), *entity.key))] = row
    marts = _marts(connection, entity) if found else []
    return [_record(connection, entity, row, marts) for row in found.values()]


def _identity(entity: Entity) -> tuple[str, ...]:
    return (SYSTEM_ID.name,) if entity.master else ()


def _conditions(entity: Entity, parts: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Values by column; the columns of each are the leading ones of a unique index."""
    key = dict(zip(entity.key, parts, strict=False))
    if all(entity[name].type is Type.TEXT or re.fullmatch(r"-?\d{1,18}", part) for name, part in key.items()):
        yield {name: part if entity[name].type is Type.TEXT else int(part) for name, part in key.items()}
    if len(parts) == 1:
        yield from ({name: parts[0]} for name in entity.unique)
        if entity.master and (system_id := _uuid(parts[0])):
            yield {SYSTEM_ID.name: system_id}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class _Mart:
    """A mart with one row per record: its key and the columns of its table, none if it has not been built."""

    name: str
    key: tuple[str, ...]
    columns: list[str]


def _marts(connection: Connection, entity: Entity) -> list[_Mart]:
    # In marts, master data also has a key of its own, see the macro master_key.
    keys = {entity.key, *([(entity.key[0].removesuffix("_id") + "_key",)] if entity.master else [])}
    marts = {mart: key for mart, key in mart_keys().items() if key in keys}
    rows = connection.execute(
        "select table_name, array_agg(column_name::text) from information_schema.columns"
        " where table_schema = 'marts' and table_name = any(%s) group by table_name",
        [list(marts)],
    )
    columns = dict(rows.fetchall())
    return [_Mart(mart, key, columns.get(mart, [])) for mart, key in marts.items()]


def _record(connection: Connection, entity: Entity, row: dict[str, Any], marts: list[_Mart]) -> Record:
    changed = Origin(row["_file_id"], row["_row_number"])
    created = changed
    # Null until a file other than the one that created the record changes it.
    if row["_created_file_id"] is not None:
        created = Origin(row["_created_file_id"], row["_created_row_number"])
    states = {mart.name: _state(connection, entity, row, mart) for mart in marts}
    return Record(row, created, changed, states, _written(connection, entity, row) if entity.master else {})


def _written(connection: Connection, entity: Entity, row: dict[str, Any]) -> dict[str, Written]:
    system_id = row[SYSTEM_ID.name]
    noted = connection.execute(
        """
        select column_name, source, file_id, row_number, written_at, digest from ops.column_origins
        where entity = %s and system_id = %s order by column_name, written_at
        """,
        [entity.name, system_id],
    ).fetchall()
    written = {}
    for column, source, file_id, row_number, at, noted_digest in noted:
        query = sql.SQL("select {} from {} as stored where system_id = %s")
        stored = connection.execute(
            query.format(digest(entity, column, "stored"), table_name(entity)), [system_id]
        ).fetchone()
        if stored == (noted_digest,):
            written[column] = Written(source, Origin(file_id, row_number), at)
    return written


def _state(connection: Connection, entity: Entity, row: dict[str, Any], mart: _Mart) -> str:
    """The state of a record in the mart."""
    if not set(mart.key) <= set(mart.columns):
        return NOT_BUILT
    of_raw = mart.key == entity.key
    key = [row[name] for name in mart.key] if of_raw else [row[entity.key[0]] or str(row[SYSTEM_ID.name])]
    query = sql.SQL("select {} from {} where {} limit 1").format(
        sql.Identifier("updated_at") if "updated_at" in mart.columns else sql.NULL,
        sql.Identifier("marts", mart.name),
        sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in mart.key),
    )
    found = connection.execute(query, key).fetchone()
    if found is None:
        return LEFT_OUT if row["_deleted_at"] is not None else NOT_BUILT
    return IN_IT if found[0] in (None, row["_updated_at"]) else OLDER


def _entries(connection: Connection, entity: Entity, keys: set[tuple[str, ...]]) -> list[dict[str, Any]]:
    """Entries of these keys and of keys that start with them, open and latest first; one more than is shown."""
    joined = [entity.key_text(key) for key in keys]
    beginnings = [_like(entity.key_text(key)) for key in keys if len(key) < len(entity.key)]
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            """
            select * from ops.rejected_rows
            where entity = %(entity)s and (key = any(%(joined)s) or key like any(%(beginnings)s))
            order by status = 'resolved', rejected_row_id desc
            limit %(limit)s
            """,
            {"entity": entity.name, "joined": joined, "beginnings": beginnings, "limit": MOST_ENTRIES + 1},
        )
        return cursor.fetchall()


def _like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text) + "/%"


def _near(connection: Connection, entity: Entity, parts: tuple[str, ...]) -> list[str]:
    """Keys like the one asked for: in other case, white space or leading zeros, or other lines of the same document."""
    near: list[str] = []
    alike = sorted(_spellings(parts[0]))
    for column in (entity.key[0], *entity.unique):
        query = sql.SQL("select {} from {} where {} = any(%s) order by 1 limit {}").format(
            _names(entity.key if column == entity.key[0] else [column]),
            table_name(entity),
            sql.Identifier(column),
            _MOST_NEAR,
        )
        near += ["/".join(map(str, row)) for row in connection.execute(query, [alike])]
    rejected = connection.execute(
        """
        select distinct key from ops.rejected_rows
        where entity = %s and key = any(%s) order by key limit %s
        """,
        [entity.name, ["/".join([first, *parts[1:]]) for first in alike], _MOST_NEAR],
    )
    return list(dict.fromkeys([*near, *(row[0] for row in rejected)]))


def _spellings(text: str) -> set[str]:
    """Other ways in which the same might be written."""
    bare = "".join(text.split())
    spaced = {text, text.strip(), bare}
    cased = {form(each) for each in spaced for form in (str, str.upper, str.lower, str.title, str.swapcase)}
    padded = set()
    for each in cased:
        if match := re.fullmatch(r"(\D*)0*(\d+)", each):
            padded |= {f"{match[1]}{match[2].zfill(digits)}" for digits in range(1, _MOST_LEADING_ZEROS + 1)}
    return cased | padded


def _names(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
