"""What a connection to the warehouse is to those who are given one, and how it ends when one of its ends vanishes."""

import os
import platform
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

CONNECT_SECONDS = 10
# libpq's parameters: when our end gives up a server that has vanished, in seconds; the last one in milliseconds.
PARAMETERS = {
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
# The server's settings of a session: when it gives up a client that has vanished and releases what that has locked,
# also in the middle of a statement; how long a client may do nothing in a transaction; how long to wait for a lock.
SETTINGS = {
    "tcp_keepalives_idle": "30s",
    "tcp_keepalives_interval": "10s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "60s",
    "client_connection_check_interval": "10s",
    "idle_in_transaction_session_timeout": "1h",
    "lock_timeout": "1h",
}
# As much as PostgreSQL keeps of a name.
_NAME_BYTES = 63


def as_options(settings: dict[str, str]) -> str:
    """Settings as libpq's parameter `options`; none of the values has blanks."""
    return " ".join(f"-c{name}={value}" for name, value in settings.items())


def application_name() -> str:
    """Which command of which process on which machine this is, for whoever looks at the server's sessions."""
    program, *arguments = sys.argv or [""]
    command = f" {arguments[0]}" if arguments and Path(program).name.startswith("wiseparts") else ""
    name = f"wiseparts{command}, process {os.getpid()} on {platform.node()}"
    return name.encode("ascii", errors="replace")[:_NAME_BYTES].decode()


def current_time(connection: Connection) -> datetime:
    """The database's time, which is the same for everyone who works with it."""
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now
