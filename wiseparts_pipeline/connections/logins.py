"""Logging in to a system: at the rate of its connection, and never again with what it has refused."""

import hashlib
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.base import Block, Pace
from wiseparts_pipeline.connections.errors import LoginRefused, Refused, Unreachable
from wiseparts_pipeline.connections.pace import SHARING, SharedPace
from wiseparts_pipeline.warehouse import Connection

_System = TypeVar("_System")


class _Unpaced:
    """Where there is no database, there is nobody else whose requests could be counted."""

    def wait(self) -> None: ...

    def check(self) -> None: ...

    def block(self, block: Block) -> None: ...


@contextmanager
def logged_in(
    settings: ConnectionSettings,
    connection: Connection | None,
    opened: Callable[[ConnectionSettings, Pace], AbstractContextManager[_System]],
    *,
    insist: bool = False,
) -> Iterator[_System]:
    """What is opened, unless the system has refused the same user and password before: then only if you `insist`.

    Each further wrong password makes systems slower, or locks the user. `connection`: to the database, with autocommit;
    without one nothing is remembered. Raises ConnectionFailure.
    """
    if connection is None:
        if settings.system in SHARING:
            raise Refused(
                f"connection {settings.name}: {settings.system} is asked only where the database can be, which has how"
                " often it was asked and whether it wants to be left alone"
            )
        with opened(settings, _Unpaced()) as system:
            yield system
        return
    if not insist:
        raise_if_refused(settings, connection)
    with _remembering(settings, connection), opened(settings, SharedPace(connection, settings)) as system:
        yield system


def check_reachable(settings: ConnectionSettings, connection: Connection) -> None:
    """Whether a pull is worth trying, without a request. Raises LoginRefused, Unreachable."""
    raise_if_refused(settings, connection)
    SharedPace(connection, settings).check()
    address = (settings.host_name, settings.port)
    try:
        socket.create_connection(address, settings.timeout_seconds).close()
    except OSError as error:
        raise Unreachable(f"connection {settings.name}: {settings.host_name}:{settings.port}: {error}") from None


def raise_if_refused(settings: ConnectionSettings, connection: Connection) -> None:
    """Raises LoginRefused, with what the system said, if it has refused the same user and password."""
    row = connection.execute(
        "select refused_salt, refused_digest, refused_error from ops.connections where name = %s", [settings.name]
    ).fetchone()
    if row is not None and row[0] is not None and _digest(settings, row[0]) == row[1]:
        raise LoginRefused(
            f"{row[2]} It is not tried again before the user, password or key are changed, or `wiseparts check` has"
            " logged in."
        )


@contextmanager
def _remembering(settings: ConnectionSettings, connection: Connection) -> Iterator[None]:
    """Notes that the login was refused; or that one is accepted which was, but not what others have noted meanwhile."""
    row = connection.execute("select refused_salt from ops.connections where name = %s", [settings.name]).fetchone()
    try:
        yield
    except LoginRefused as error:
        salt = secrets.token_bytes(16)
        connection.execute(
            """
            insert into ops.connections (name, refused_salt, refused_digest, refused_error)
            values (%(name)s, %(salt)s, %(digest)s, %(error)s)
            on conflict (name) do update
            set refused_salt = excluded.refused_salt, refused_digest = excluded.refused_digest,
                refused_error = excluded.refused_error
            """,
            {"name": settings.name, "salt": salt, "digest": _digest(settings, salt), "error": str(error)},
        )
        raise
    if row is not None and row[0] is not None:
        connection.execute(
            """
            update ops.connections set refused_salt = null, refused_digest = null, refused_error = null
            where name = %s and refused_salt = %s
            """,
            [settings.name, row[0]],
        )


def _digest(settings: ConnectionSettings, salt: bytes) -> bytes:
    """What tells whether user, password and key are the same, and not what they are."""
    hidden = [each and each.get_secret_value() for each in (settings.password, settings.api_key)]
    told = [settings.url, settings.username, settings.database, *hidden]
    if settings.account_id is not None:
        told.append(settings.account_id)
    return hashlib.scrypt(repr(told).encode(), salt=salt, n=2**14, r=8, p=1)
