"""One deadline over all that is asked in a block: logging in, every attempt, and what is waited for in between."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from threading import Timer

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.operations.ages import as_timedelta, in_words
from wiseparts_pipeline.connections.errors import TooLate


@dataclass(frozen=True)
class _Deadline:
    """`at`: by the monotonic clock. `limit`: in words."""

    at: float
    limit: str


_NONE = _Deadline(math.inf, "")
_current = ContextVar("deadline", default=_NONE)


@contextmanager
def within(seconds: float, limit: str) -> Iterator[None]:
    """What is asked of systems in the block by this thread is done or has failed in so many seconds, with TooLate.

    Of blocks in each other, the one that ends first counts. `limit`: what was exceeded, for the message, such as "the
    3 s that a look-up may take (`deadline_seconds`)".
    """
    mine = _Deadline(time.monotonic() + seconds, limit)
    before = _current.set(min(mine, _current.get(), key=lambda each: each.at))
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def within_pull_timeout(settings: ConnectionSettings) -> Iterator[None]:
    """The same for as long as a pull over this connection may take."""
    longest = as_timedelta(settings.pull_timeout)
    limit = f"the {in_words(settings.pull_timeout)} that a pull may take (`pull_timeout`)"
    with within(math.inf if longest is None else longest.total_seconds(), limit):
        yield


def seconds_left() -> float:
    """Until the deadline; infinite without one, and not below 0."""
    return max(0.0, _current.get().at - time.monotonic())


def check_deadline(place: str) -> None:
    """Raises TooLate if it has passed; `place` is how its message begins."""
    if not seconds_left():
        raise TooLate(f"{place}: this was not done within {_current.get().limit}")


def longest_wait(seconds: float, place: str) -> float:
    """So many seconds, or those that are left if these are fewer. Raises TooLate if there are none."""
    check_deadline(place)
    return min(seconds, seconds_left())


class CutOff:
    """Ends a connection after a while, whatever is waited for: a system that sends drop by drop is never silent.

    `connection`: what is ended. `happened`: whether it was, since that was last set to False.
    """

    def __init__(self) -> None:
        self.connection: socket | None = None
        self.happened = False
        self._timer: Timer | None = None

    def after(self, seconds: float | None) -> None:
        """From now on, in how many seconds; None for not at all."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if seconds is not None:
            self._timer = Timer(seconds, self._cut)
            self._timer.daemon = True
            self._timer.start()

    def _cut(self) -> None:
        self.happened = True
        if self.connection is not None:
            with suppress(OSError):
                socket.shutdown(self.connection, SHUT_RDWR)
