"""The tables in which matches are found, and the pairs that were found: they last for a transaction."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import LiteralString

from psycopg import sql

from wiseparts_pipeline.warehouse import Connection

# In `ops`, as an importer may not make temporary tables. Only one process at a time finds matches.
_TABLES: dict[str, LiteralString] = {
    # `maker`: equal for what is by the same manufacturer; `maker_word`: the first word of its name. `doubt`: why it is
    # not certain, see Doubt.
    "matching_theirs": """
        (id text not null, name text, maker text, maker_word text, gtin text, part_number text, part_groups text)
    """,
    "matching_ours": """
        (id text not null, name text, maker text, maker_word text, gtin text, part_number text, part_groups text,
        is_own_number boolean)
    """,
    "matching_makers": "(side text not null, id text not null, maker text not null, maker_word text not null)",
    "matching_found": "(theirs text not null, ours text not null, method text not null, score numeric, doubt text)",
}


@contextmanager
def workspace(connection: Connection) -> Iterator[None]:
    """Empty tables for the block, in the caller's transaction."""
    for table, columns in _TABLES.items():
        connection.execute(
            sql.SQL("create unlogged table {} {}").format(sql.Identifier("ops", table), sql.SQL(columns))
        )
    yield
    for table in _TABLES:
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier("ops", table)))


def fill(connection: Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Copies rows into one of the tables. While it does, the connection cannot be asked for them."""
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("copy {} from stdin").format(sql.Identifier("ops", table))) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def collect_statistics(connection: Connection) -> None:
    """Without them the planner would not know how many rows there are."""
    for table in _TABLES:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("ops", table)))
