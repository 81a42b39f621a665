"""Puts records into the tables of a warehouse as if they had been imported."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from wiseparts_pipeline.importing.ledger.changes import note_changes
from wiseparts_pipeline.warehouse import Connection


def put(
    connection: Connection, entity: str, columns: str, rows: Iterable[Sequence[Any]], source: str = "market"
) -> None:
    """Adds rows; `columns` are separated by blanks."""
    names = columns.split()
    with connection.transaction():
        statement = sql.SQL("copy {} ({}, _source, _file_id, _row_number) from stdin").format(
            sql.Identifier("raw", entity), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for number, row in enumerate(rows, 2):
                copy.write_row([*(Jsonb(cell) if isinstance(cell, dict) else cell for cell in row), source, 1, number])
        note_changes(connection, 1, [entity])
