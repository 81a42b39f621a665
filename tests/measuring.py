"""Coverage of processes that are forked: coverage.py has each of them save again what the process before it measured.

That takes longer than what most of them do, and as many files with the same lines are combined in the end. Imported by
whatever forks.
"""

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from coverage import Coverage

Given = ParamSpec("Given")
Returned = TypeVar("Returned")

_forking: list[Coverage] = []


def _remember() -> None:
    if measured := Coverage.current():
        _forking.append(measured)


def _save_only_what_is_measured_here() -> None:
    # coverage.py's patch of os._exit still calls it.
    while _forking:
        _forking.pop().save = _saved_by_its_own_process  # type: ignore[method-assign]


def _saved_by_its_own_process() -> None:
    pass


os.register_at_fork(before=_remember, after_in_parent=_forking.clear, after_in_child=_save_only_what_is_measured_here)


def unmeasured(run: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """The function, without measuring its coverage."""

    @wraps(run)
    def wrapped(*arguments: Given.args, **options: Given.kwargs) -> Returned:
        # Once stopped and started, it would not measure the functions any more that are running now.
        measured = Coverage.current()
        collector = measured._collector if measured else None
        if collector is None:
            return run(*arguments, **options)
        collector.pause()
        try:
            return run(*arguments, **options)
        finally:
            collector.resume()

    return wrapped
