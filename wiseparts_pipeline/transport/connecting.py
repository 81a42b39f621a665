"""What the transports over a network share: when to connect again, and what is repeated over the new connection."""

import logging
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport.base import PermanentError, TransientError, TransportError

T = TypeVar("T")

# Seconds before the second and the third attempt.
BACKOFF = (1.0, 3.0)

log = logging.getLogger(__name__)


class RetryableError(TransientError):
    """An error that may be gone a moment later."""


class ConnectionLost(TransientError):
    """The connection was lost during an operation."""


def address(settings: SourceSettings) -> str:
    """The server, as error messages name it."""
    return f"source {settings.name}: {settings.host}:{settings.port}"


def patiently(connect: Callable[[], T]) -> T:
    """Connect, and repeat what may work a moment later, such as a refused connection.

    Not a timeout, which has waited long enough, and nothing after credentials were sent: repeating a wrong password
    locks the account.
    """
    for delay in BACKOFF:
        try:
            return connect()
        except RetryableError as error:
            log.info("%s; trying again in %g s", error, delay)
            time.sleep(delay)
    return connect()


def unknown_host(place: str, error: socket.gaierror) -> TransportError:
    """What to raise for a host name that cannot be resolved."""
    if error.errno == socket.EAI_AGAIN:
        return RetryableError(f"{place}: the host name cannot be resolved right now: {error.strerror}")
    return PermanentError(f"{place}: there is no host with this name: check `host`")


class Reconnecting(ABC):
    """Repeats an operation once, over a new connection, when a lost connection has interrupted it."""

    @abstractmethod
    def _reconnect(self) -> None: ...

    @abstractmethod
    def _map_errors(self, action: str, missing: type[PermanentError]) -> AbstractContextManager[None]:
        """Raise a client's errors as TransportError; ConnectionLost where the operation is to be repeated."""

    def _do(self, action: str, missing: type[PermanentError], attempt: Callable[[], T]) -> T:
        try:
            with self._map_errors(action, missing):
                return attempt()
        except ConnectionLost:
            self._reconnect()
            with self._map_errors(action, missing):
                return attempt()
