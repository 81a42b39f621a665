"""Waits for what another process does."""

import time
from collections.abc import Callable
from threading import Event


def eventually(condition: Callable[[], object], seconds: float = 60, interval: float = 0.05) -> None:
    """Return once the condition holds; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        Event().wait(interval)
