"""Locks by name, which processes of this program respect. They are rows of `ops.locks`, where an analyst cannot get:

advisory locks of PostgreSQL can be taken by anyone who may connect, and only a superuser can change that.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse.connection import Connection

POLL_SECONDS = 0.2
# Whoever replaces the marts has it, and whoever needs them to stay as they are.
BUILD_LOCK = "wiseparts.build"

# The holder of a lock that outlives a transaction: a session of this server, and no longer than that. `application`
# tells the command, machine and process, see connection.py.
_TABLE = """
    create table if not exists ops.locks (
        name text primary key,
        pid integer,
        backend_start timestamptz,
        application text,
        since timestamptz
    )
"""
# Who is of another role is not seen starting: such a session may be the holder.
_HOLDER_LIVES = """
    exists (
        select from pg_stat_activity as session
        where session.pid = held.pid and coalesce(session.backend_start = held.backend_start, true)
    )
"""
_MINE = "(select backend_start from pg_stat_activity where pid = pg_backend_pid())"


def ensure_locks(connection: Connection) -> None:
    """Create the table of the locks, and commit. Safe to run concurrently, although there is no lock yet."""
    while not _found(connection, "select 1 where to_regclass('ops.locks') is not null"):
        # Another process may be doing the same.
        with (
            suppress(errors.UniqueViolation, errors.DuplicateSchema, errors.DuplicateTable),
            connection.transaction(),
        ):
            connection.execute("create schema if not exists ops")
            connection.execute(_TABLE)
        connection.commit()


class LockHeld(WarehouseError):
    """Another session holds a lock for longer than it is waited for."""


@contextmanager
def waiting_at_most(connection: Connection, seconds: float | None) -> Iterator[None]:
    """During the block, this autocommit connection waits no longer than this for a lock; None: as long as usual."""
    if seconds is not None:
        connection.execute("select set_config('lock_timeout', %s, false)", [f"{seconds * 1000:.0f}ms"])
    try:
        yield
    finally:
        if seconds is not None and not connection.closed:
            connection.execute("reset lock_timeout")


@contextmanager
def only_one(connection: Connection, name: str, when_blocked: Callable[[str], object]) -> Iterator[None]:
    """Holds the lock for the block, as long as the session of this autocommit connection lives.

    Calls `when_blocked` with who holds it before waiting for another session. Raises LockHeld if that still holds it
    after the session's lock_timeout.
    """
    with one_of(connection, [name], when_blocked):
        yield


@contextmanager
def one_of(connection: Connection, names: Sequence[str], when_blocked: Callable[[str], object]) -> Iterator[None]:
    """Holds one of the locks, whichever is free first; see only_one. `when_blocked` is told who holds the first."""
    started = _found(connection, f"select {_MINE}")
    name = _take_any(connection, names, started)
    if name is None:
        when_blocked(_holder(connection, names[0])[1])
        name = _wait(connection, names, started)
    try:
        yield
    finally:
        # The lock of a lost session is free, and the connection may not have noticed yet.
        with suppress(psycopg.OperationalError):
            connection.execute(
                "update ops.locks set pid = null, backend_start = null, application = null, since = null"
                " where name = %s and pid = pg_backend_pid() and backend_start = %s",
                [name, started],
            )


def lock_until_commit(connection: Connection, name: str) -> None:
    """Takes the lock for the rest of the transaction, waiting for it.

    Raises LockHeld if another session still holds it after lock_timeout.
    """
    if connection.autocommit and connection.info.transaction_status is TransactionStatus.IDLE:
        # Each statement is a transaction: there is nothing to lock it for.
        return
    connection.execute("savepoint locking")
    try:
        if not _seize(connection, name):
            connection.execute("select from ops.locks where name = %s for update", [name])
    except errors.LockNotAvailable:
        connection.execute("rollback to savepoint locking")
        raise _in_vain(name, *_holder(connection, name)) from None


def try_lock_until_commit(connection: Connection, name: str) -> bool:
    """Takes the lock for the rest of the transaction if no other session holds it, for however long."""
    return _seize(connection, name) and not _found(
        connection,
        f"select 1 from ops.locks as held where name = %s and {_HOLDER_LIVES}",  # noqa: S608
        name,
    )


def held_for_long(connection: Connection, age: timedelta) -> list[tuple[str, str]]:
    """The locks that a session has held for longer than that, each with who holds it."""
    held = connection.execute(
        f"select name from ops.locks as held where since < clock_timestamp() - %s and {_HOLDER_LIVES} order by since",  # noqa: S608
        [age],
    )
    return [(name, _holder(connection, name)[1]) for (name,) in held.fetchall()]


def _take_any(connection: Connection, names: Sequence[str], started: object) -> str | None:
    """The lock that was taken, if one was free."""
    return next((name for name in names if _take(connection, name, started)), None)


def _take(connection: Connection, name: str, started: object) -> bool:
    """Notes this session as the holder, unless there is one that lives."""
    taken = connection.execute(
        f"""
        insert into ops.locks as held (name, pid, backend_start, application, since)
        values (%s, pg_backend_pid(), %s, current_setting('application_name'), clock_timestamp())
        on conflict (name) do update
        set pid = excluded.pid, backend_start = excluded.backend_start, application = excluded.application,
            since = excluded.since
        where not {_HOLDER_LIVES}
        """.encode(),  # noqa: S608
        [name, started],
    )
    return taken.rowcount == 1


def _wait(connection: Connection, names: Sequence[str], started: object) -> str:
    seconds = float(str(_found(connection, "select extract(epoch from current_setting('lock_timeout')::interval)")))
    deadline = time.monotonic() + seconds
    while (name := _take_any(connection, names, started)) is None:
        if seconds and time.monotonic() > deadline:
            raise _in_vain(names[0], *_holder(connection, names[0]))
        time.sleep(POLL_SECONDS)
    return name


def _seize(connection: Connection, name: str) -> bool:
    """Locks the lock's row, which is made when it is needed for the first time, if it is free."""
    connection.execute("insert into ops.locks (name) values (%s) on conflict do nothing", [name])
    # What the transaction has seen of other sessions may be out of date.
    connection.execute("select pg_stat_clear_snapshot()")
    return _found(connection, "select 1 from ops.locks where name = %s for update skip locked", name) is not None


def _holder(connection: Connection, name: str) -> tuple[int | None, str]:
    """The PID of the session that holds the lock, and who it is.

    Of a transaction, the one that has locked its row, or that may have made it and has not ended yet.
    """
    found = connection.execute(
        """
        select coalesce(locking.pid, held.pid), coalesce(session.application_name, held.application),
            coalesce(session.usename::text, '?'), coalesce(session.client_addr::text, 'this machine'),
            coalesce(case when locking.pid is null then held.since end, session.xact_start)
        from ops.locks as held
        left join pg_locks as locking on locking.locktype = 'transactionid' and locking.transactionid = held.xmax
            and locking.granted
        left join pg_stat_activity as session on session.pid = coalesce(locking.pid, held.pid)
        where held.name = %(name)s
        union all
        select session.pid, session.application_name, coalesce(session.usename::text, '?'),
            coalesce(session.client_addr::text, 'this machine'), session.xact_start
        from pg_locks as locking
        inner join pg_stat_activity as session using (pid)
        where locking.relation = 'ops.locks'::regclass and locking.mode = 'RowExclusiveLock'
            and locking.pid <> pg_backend_pid() and not exists (select from ops.locks where name = %(name)s)
        order by 5
        limit 1
        """,
        {"name": name},
    ).fetchone()
    if found is None or found[0] is None:
        return None, "a session that has just ended"
    pid, application, user, address, since = found
    moment = f"since {since:%Y-%m-%d %H:%M:%S %Z}, " if since else ""
    return pid, f"{application or 'unknown'} ({moment}user {user}, from {address}, PID {pid} on the database server)"


def _in_vain(name: str, pid: int | None, holder: str) -> LockHeld:
    return LockHeld(
        f"The lock {name} is not free after a long wait: it is held by {holder}. Wait until that has done its work; if"
        f" it has hung, end it, or its session with: select pg_terminate_backend({pid})"
    )


def _found(connection: Connection, query: str, *parameters: object) -> object:
    row = connection.execute(query.encode(), parameters).fetchone()
    return row[0] if row else None
