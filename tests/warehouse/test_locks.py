"""Advisory locks: one holder at a time, and none left behind."""

from wiseparts_pipeline.warehouse import Connection, Warehouse
from wiseparts_pipeline.warehouse.locks import only_one


def not_blocked() -> None:
    raise AssertionError("another session holds the lock")


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
