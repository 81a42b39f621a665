"""A circuit breaker: a system that fails again and again is left alone for a while, so that nobody waits for it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

State = Literal["closed", "open", "trying"]


class Open(Exception):
    """The system is left alone. `seconds`: until it is tried again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"left alone for {seconds:.1f} s")
        self.seconds = seconds


class Circuit:
    """Opens after a number of failures one after the other; after some seconds one call tries whether it closes.

    `answered`: the errors that are answers of the system all the same. `clock`: seconds of a clock that never jumps.
    """

    def __init__(
        self, failures: int, seconds: float, answered: tuple[type[Exception], ...], clock: Callable[[], float]
    ) -> None:
        self._most = failures
        self._seconds = seconds
        self._answered = answered
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        with self._lock:
            return "closed" if self._opened_at is None else "trying" if self._trying else "open"

    def refuse_if_open(self) -> None:
        """Raises Open while no call would be let through."""
        with self._lock:
            self._refuse_if_open()

    @contextmanager
    def call(self) -> Iterator[None]:
        """Lets a call through, and learns from how it ends. Raises Open."""
        with self._lock:
            self._refuse_if_open()
            is_trial = self._trying = self._opened_at is not None
        try:
            yield
        except self._answered:
            self._note(is_trial, failed=False)
            raise
        except BaseException:
            self._note(is_trial, failed=True)
            raise
        self._note(is_trial, failed=False)

    def _refuse_if_open(self) -> None:
        if self._opened_at is None:
            return
        left = self._opened_at + self._seconds - self._clock()
        if self._trying or left > 0:
            raise Open(max(left, 0.0))

    def _note(self, is_trial: bool, *, failed: bool) -> None:
        with self._lock:
            if is_trial:
                self._trying = False
            elif self._opened_at is not None:
                # It was let through before the circuit opened: only a trial says whether it is over.
                return
            if not failed:
                self._failures, self._opened_at = 0, None
                return
            self._failures += 1
            if is_trial or self._failures >= self._most:
                self._opened_at = self._clock()
