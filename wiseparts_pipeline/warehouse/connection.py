"""What a connection to the warehouse is to those who are given one."""

from datetime import datetime
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def current_time(connection: Connection) -> datetime:
    """The database's time, which is the same for everyone who works with it."""
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
