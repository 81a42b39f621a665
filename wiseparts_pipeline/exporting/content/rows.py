"""Rows of raw that become rows of a file, and those that belong to a customer, such as its addresses."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from wiseparts_pipeline.config.exports.files import Rows
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.tables import table_name

# Of a record in one file; more are nothing that a person ordered, and would not fit into memory with many columns.
MOST_ROWS = 100_000

_SHOWN_OF_VALUE = 60

Row = Mapping[str, Any]

# Rows that are rejected and have the customer's number in a cell, unless the customer was delivered since: one that was
# rejected belongs to nobody by a key.
_REJECTED = b"""
    select entry.row_number, file.name, entry.message
    from ops.rejected_entries as entry left join ops.import_files as file using (file_id)
    where entry.entity = %(entity)s and entry.status = 'rejected'
        and exists (
            select from json_each_text(coalesce(entry.raw, '{}')) as cell where btrim(cell.value) = %(customer_id)s
        )
        and not exists (
            select from ops.exports as export
            where export.exporter = %(exporter)s and export.record_uuid = %(uuid)s
                and export.delivered_at > entry.created_at
        )
    order by entry.rejected_row_id limit 1
"""


def of_customer(connection: Connection, kind: Rows, export: Export, customer: Row) -> list[Row]:
    """The rows of a kind that belong to a customer; raises HeldRecord if one of them was rejected."""
    parameters = {
        "entity": kind.value,
        "customer_id": customer["customer_id"],
        "exporter": export.exporter,
        "uuid": export.record_uuid,
        "limit": MOST_ROWS + 1,
    }
    # A person may know better.
    for rejected in () if export.again else fetch(connection, _REJECTED, parameters):
        raise HeldRecord(
            Code.INCOMPLETE,
            f"One of its {kind.value.replace('_', ' ')} was rejected, row {rejected['row_number']} of"
            f" {rejected['name']}: {rejected['message']} Send it again, corrected; the customer goes then."
            " If the row is none of the customer's, deliver it as it is:"
            f" `wiseparts export {export.exporter} --record {customer['customer_id']} --again`.",
        )
    found = fetch(connection, _of_customer_query(ENTITIES[kind]), parameters)
    check_number(kind, found)
    return found


def check_number(what: str, rows: Sequence[Row]) -> None:
    """Raises HeldRecord for more rows than a file can have."""
    if len(rows) > MOST_ROWS:
        raise HeldRecord(
            Code.TOO_LARGE, f"It has more than {MOST_ROWS:,} rows ({what}). Look whether its source means one record."
        )


def common(rows: Sequence[Row], column: str, place: str, remedy: str) -> Any:
    """The value that all rows of a record have in a column, or those that have one; raises HeldRecord if two differ."""
    values = list(dict.fromkeys(row[column] for row in rows if row[column] is not None))
    if len(values) > 1:
        first, second = (shown(value) for value in values[:2])
        raise HeldRecord(
            Code.DIFFERING_VALUES, f"{place}: {column} is {first} in one line and {second} in another. {remedy}"
        )
    return values[0] if values else None


def shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= _SHOWN_OF_VALUE else f"{text[:_SHOWN_OF_VALUE]}...")


def names(columns: Iterable[str]) -> sql.Composed:
    """Columns as an SQL list."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def fetch(connection: Connection, query: bytes, parameters: Mapping[str, Any]) -> list[Row]:
    """The rows of a query by column."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return list(cursor.execute(query, parameters))


@cache
def _of_customer_query(entity: Entity) -> bytes:
    return (
        sql.SQL(
            "select {columns} from {table} where customer_id = %(customer_id)s and _deleted_at is null"
            ' order by {key} collate "C", {id} limit %(limit)s'
        )
        .format(
            columns=names([SYSTEM_ID.name, *entity.column_names]),
            table=table_name(entity),
            key=sql.Identifier(entity.key[0]),
            id=sql.Identifier(SYSTEM_ID.name),
        )
        .as_bytes()
    )
