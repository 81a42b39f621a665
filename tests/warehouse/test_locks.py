"""Locks: one holder at a time, none left behind, and whoever waits knows for whom."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import psycopg
import pytest

from tests.vanishing import Vanished, vanished
from tests.waiting import eventually
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse import ANALYST, Connection, Warehouse
from wiseparts_pipeline.warehouse.locks import lock_until_commit, only_one, try_lock_until_commit


def not_blocked(holder: str) -> None:
    raise AssertionError(f"another session holds the lock: {holder}")


def end_session(warehouse: Warehouse, connection: Connection) -> None:
    """Ends a session as an operator or a firewall would, without its client noticing."""
    with warehouse.connect(autocommit=True) as operator:
        operator.execute("select pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])


def test_work_is_done_although_the_session_that_held_the_lock_was_ended(warehouse: Warehouse) -> None:
    done = False
    with warehouse.connect(autocommit=True) as connection, only_one(connection, "wiseparts.build", not_blocked):
        end_session(warehouse, connection)
        done = True

    assert done
    with warehouse.connect(autocommit=True) as other, only_one(other, "wiseparts.build", not_blocked):
        pass


def test_the_lock_is_free_after_the_block_and_the_session_goes_on(warehouse: Warehouse) -> None:
    with warehouse.connect(autocommit=True) as connection, warehouse.connect(autocommit=True) as other:
        with only_one(connection, "wiseparts.build", not_blocked):
            pass
        with only_one(other, "wiseparts.build", not_blocked):
            assert connection.execute("select 1").fetchone() == (1,)


def test_whoever_waits_in_vain_is_told_who_holds_the_lock(warehouse: Warehouse) -> None:
    """A process that hangs keeps its session, and with it the lock."""
    told: list[str] = []
    with (
        _frozen_holder(warehouse, "wiseparts.import.sales") as (process, session),
        impatient(warehouse).connect(autocommit=True) as connection,
        pytest.raises(WarehouseError) as error,
        only_one(connection, "wiseparts.import.sales", told.append),
    ):
        pass
    holder = rf"process {process} on \S+ \(since \d{{4}}-.*, user \S+, from .*, PID {session} on the database server\)"
    assert error.match(holder)
    assert error.match(rf"select pg_terminate_backend\({session}\)")
    assert len(told) == 1
    assert f"PID {session}" in told[0]


def test_the_lock_of_a_killed_process_is_free(warehouse: Warehouse) -> None:
    with _frozen_holder(warehouse, "wiseparts.import.sales") as (process, _):
        os.kill(process, signal.SIGKILL)
        with warehouse.connect(autocommit=True) as connection, only_one(connection, "wiseparts.import.sales", str):
            pass


def test_a_lock_of_a_transaction_is_waited_for_no_longer_than_allowed(warehouse: Warehouse) -> None:
    with warehouse.connect() as holder, impatient(warehouse).connect() as other:
        lock_until_commit(holder, "wiseparts.discover.erp")
        with pytest.raises(WarehouseError, match=rf"PID {holder.info.backend_pid} on the database server"):
            lock_until_commit(other, "wiseparts.discover.erp")
        other.rollback()
        holder.commit()
        lock_until_commit(other, "wiseparts.discover.erp")


def test_a_lock_is_not_taken_while_a_session_or_a_transaction_holds_it(warehouse: Warehouse) -> None:
    with warehouse.connect(autocommit=True) as holder, warehouse.connect() as other, warehouse.connect() as third:
        with only_one(holder, "wiseparts.build", not_blocked):
            assert not try_lock_until_commit(other, "wiseparts.build")
            other.rollback()
        assert try_lock_until_commit(other, "wiseparts.build")
        assert not try_lock_until_commit(third, "wiseparts.build")


def test_an_analyst_can_take_no_lock(warehouse: Warehouse) -> None:
    """Not even by an advisory lock, which anyone can take."""
    with warehouse.connect(autocommit=True, read_only_analyst=True) as analyst:
        analyst.execute("set default_transaction_read_only = off")
        for name in ("wiseparts.import.sales", "wiseparts.prepare"):
            analyst.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
        analyst.execute("select pg_advisory_lock(7310015)")
        for statement in (
            "select from ops.locks for update",
            "insert into ops.locks (name) values ('wiseparts.import.sales')",
            "do 'begin lock table ops.locks in access share mode; end'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(statement.encode())
        warehouse.prepare()
        with warehouse.connect(autocommit=True) as other, only_one(other, "wiseparts.import.sales", not_blocked):
            assert analyst.execute("select current_user").fetchone() == (ANALYST,)


@pytest.fixture(scope="module")
def network_failure() -> Iterator[Vanished]:
    with ExitStack() as stack:
        yield stack.enter_context(vanished())


def test_the_lock_of_a_machine_that_vanished_is_free_soon(network_failure: Vanished) -> None:
    """Its server has no word from it: neither in between statements nor in the middle of one."""
    assert network_failure.idle_holder_released
    assert network_failure.busy_holder_released


def test_whoever_works_with_a_server_that_vanished_learns_of_it(network_failure: Vanished) -> None:
    assert network_failure.client_was_told


def impatient(warehouse: Warehouse) -> Warehouse:
    """The same one, for which a lock is not worth waiting for."""
    joined = "&" if "?" in warehouse.url else "?"
    return Warehouse(f"{warehouse.url}{joined}options={quote('-clock_timeout=500ms')}")


@contextmanager
def _frozen_holder(warehouse: Warehouse, name: str) -> Iterator[tuple[int, int]]:
    """A process that holds the lock and does not run any more: its PID, and that of its session."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        connection = warehouse.connect(autocommit=True)
        with only_one(connection, name, not_blocked):
            os.write(writing, str(connection.info.backend_pid).encode())
            signal.pause()
        os._exit(1)
    try:
        session = int(os.read(reading, 20))
        os.kill(process, signal.SIGSTOP)
        yield process, session
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(reading)
        os.close(writing)
        with warehouse.connect(autocommit=True) as other:
            eventually(lambda: not other.execute("select from pg_stat_activity where pid = %s", [session]).rowcount)
