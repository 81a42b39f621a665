"""Advisory locks of the database, by name; other processes and other versions of this program respect them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import LiteralString

import psycopg

from wiseparts_pipeline.warehouse.connection import Connection


@contextmanager
def only_one(connection: Connection, name: str, when_blocked: Callable[[], object]) -> Iterator[None]:
    """Holds the lock for the block; calls `when_blocked` before waiting for another session that holds it."""
    if not _is_true(connection, "select pg_try_advisory_lock(hashtextextended(%s, 0))", name):
        when_blocked()
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        yield
    finally:
        # A lost session has released the lock itself, and the connection may not have noticed yet.
        with suppress(psycopg.OperationalError):
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def lock_until_commit(connection: Connection, name: str | int) -> None:
    """Takes the lock for the rest of the transaction, waiting for it; a number is the key itself."""
    query: LiteralString = "%s" if isinstance(name, int) else "hashtextextended(%s, 0)"
    connection.execute(f"select pg_advisory_xact_lock({query})", [name])


def try_lock_until_commit(connection: Connection, name: str) -> bool:
    """Takes the lock for the rest of the transaction if no other session holds it."""
    return _is_true(connection, "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", name)


def _is_true(connection: Connection, query: LiteralString, name: str) -> bool:
    row = connection.execute(query, [name]).fetchone()
    return bool(row and row[0])
