"""What an analyst can do to the others in the same database: nothing that lasts, and nothing that holds them up."""

import psycopg
import pytest

from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.connection import Connection


@pytest.fixture
def analyst(warehouse: Warehouse) -> Connection:
    """A session that has put aside the settings which keep it from mistakes."""
    # The rights of a database are no part of the template that this one was made from.
    warehouse.prepare()
    connection = warehouse.connect(autocommit=True, read_only_analyst=True)
    connection.execute("set default_transaction_read_only = off")
    return connection


@pytest.mark.parametrize(
    "statement",
    [
        "create temporary table mine (n int)",
        "create table marts.mine (n int)",
        "create table public.mine (n int)",
        "create schema mine",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
        "select lo_creat(-1)",
        "create function public.mine() returns int language sql return 1",
        "set session_replication_role = replica",
    ],
)
def test_an_analyst_leaves_nothing_behind(analyst: Connection, statement: str) -> None:
    with analyst, pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName)):
        analyst.execute(statement.encode())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("transaction_read_only", "on"),
        ("statement_timeout", "15min"),
        ("idle_in_transaction_session_timeout", "5min"),
        ("lock_timeout", "1min"),
        ("TimeZone", "UTC"),
    ],
)
def test_an_analysts_session_only_reads_and_holds_up_no_one_for_long(
    shared_warehouse: Warehouse, setting: str, value: str
) -> None:
    with shared_warehouse.connect(read_only_analyst=True) as analyst:
        assert analyst.execute(f"show {setting}".encode()).fetchone() == (value,)


def test_the_settings_are_those_of_the_role_in_any_program(shared_warehouse: Warehouse) -> None:
    with shared_warehouse.connect(read_only_analyst=True) as analyst:
        plain = psycopg.connect(analyst.info.dsn, options="", password=analyst.info.password)
    with plain:
        assert plain.execute("show transaction_read_only").fetchone() == ("on",)
        assert plain.execute("show statement_timeout").fetchone() == ("15min",)
