"""A network that fails between a PostgreSQL server and its clients: packets vanish, and neither end is told.

A proxy cannot do this, as its own system would go on answering for it. Here server and clients are in a network of
their own, which is switched off.
"""

import ctypes
import fcntl
import multiprocessing
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest

from tests import debian, oldest_postgresql
from tests.waiting import eventually
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.locks import only_one

_CLONE_NEWNET = 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
_LIMIT_SECONDS = 60
# The settings of the program, made small.
_CLIENT = {"keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 1, "tcp_user_timeout": 2000}
_SERVER = {
    "tcp_keepalives_idle": "1s",
    "tcp_keepalives_interval": "1s",
    "tcp_keepalives_count": "1",
    "tcp_user_timeout": "2s",
    "client_connection_check_interval": "500ms",
}


@dataclass(frozen=True)
class Vanished:
    """What happened after the network had failed."""

    idle_holder_released: bool
    busy_holder_released: bool
    client_was_told: bool


@contextmanager
def vanished() -> Iterator[Vanished]:
    """Lets a network fail. Skips where a test may not have one of its own."""
    debian.need(oldest_postgresql.BINARIES / "postgres", oldest_postgresql.PACKAGE)
    mine, theirs = multiprocessing.Pipe()
    # A process of its own, as the network of a process cannot be exchanged for the former one.
    process = multiprocessing.get_context("fork").Process(target=_fail, args=(theirs,))
    process.start()
    theirs.close()
    try:
        outcome = mine.recv() if mine.poll(2 * _LIMIT_SECONDS) else None
    finally:
        process.join(10)
        process.kill()
    if isinstance(outcome, str):
        pytest.skip(outcome)
    assert outcome is not None, "nothing happened"
    yield outcome


def _fail(pipe: "Connection[Vanished | str, object]") -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
        pipe.send(f"needs a network of its own: {os.strerror(ctypes.get_errno())}; root may have one")
        return
    _switch(on=True)
    with ExitStack() as stack:
        url = stack.enter_context(oldest_postgresql.running(None, ["fsync=off"]))
        with psycopg.connect(url) as connection:
            folder = connection.execute("show unix_socket_directories").fetchone()
        assert folder
        near = Warehouse(_over_socket(url, Path(folder[0])))
        near.prepare()
        options = " ".join(f"-c{name}={value}" for name, value in _SERVER.items())
        far = Warehouse(f"{url}?{urlencode(_CLIENT | {'options': options}, quote_via=quote)}")
        idle, busy = far.connect(autocommit=True), far.connect(autocommit=True)
        stack.enter_context(only_one(idle, "idle", str))
        stack.enter_context(only_one(busy, "busy", str))
        threading.Thread(target=_sleep, args=(busy,), daemon=True).start()
        with near.connect(autocommit=True) as watching:
            asleep = "select from pg_stat_activity where pid = %s and wait_event = 'PgSleep'"
            eventually(lambda: watching.execute(asleep, [busy.info.backend_pid]).rowcount)
        _switch(on=False)
        released = {name: _becomes_free(near, name) for name in ("idle", "busy")}
        pipe.send(Vanished(released["idle"], released["busy"], _notices(idle)))


def _switch(*, on: bool) -> None:
    """Switch the only interface of this network on or off; off, it loses every packet without an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, _GET_FLAGS, asked))[1]
        flags = flags | _UP if on else flags & ~_UP
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", flags))


def _over_socket(url: str, folder: Path) -> str:
    address, _, rest = url.rpartition("@")
    port = rest.partition("/")[0].rpartition(":")[2]
    return f"{address}@/postgres?host={quote(str(folder), safe='')}&port={port}"


def _sleep(connection: psycopg.Connection[object]) -> None:
    with suppress(psycopg.OperationalError):
        connection.execute("select pg_sleep(600)")


def _becomes_free(warehouse: Warehouse, name: str) -> bool:
    patient = Warehouse(f"{warehouse.url}&options={quote(f'-clock_timeout={_LIMIT_SECONDS}s')}")
    with patient.connect(autocommit=True) as connection, only_one(connection, name, str):
        return True


def _notices(connection: psycopg.Connection[object]) -> bool:
    started = time.monotonic()
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return time.monotonic() - started < _LIMIT_SECONDS
    return False
