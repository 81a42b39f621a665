"""Coverage of the processes that tests start, of which each would take longer to save it than to do what it is for.

Imported by whatever forks: coverage.py has the other process save again what this one has measured.
"""

import os
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from coverage import Coverage

from wiseparts_pipeline.home import PACKAGE

# coverage.py starts in a process that finds its configuration there; without it, nothing is measured here either.
_CONFIGURATION = "COVERAGE_PROCESS_CONFIG"
Given = ParamSpec("Given")
Returned = TypeVar("Returned")

_forking: list[Coverage] = []
# The configuration of the tests themselves, if they are measured.
_session: list[str] = []


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


def leave_unused_files_to_the_report() -> None:
    """Have other processes save the files that they use, and not look for all that they do not use."""
    if measured := Coverage.current():
        measured.config.source, measured.config.run_include = None, [f"{PACKAGE}/*"]
        os.environ[_CONFIGURATION] = measured.config.serialize()
        _session.append(os.environ[_CONFIGURATION])


def unmeasured_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of a process that is not measured, which then takes half the time or less."""
    return {name: value for name, value in environment.items() if name != _CONFIGURATION}


def measured_alone(command: Sequence[str | Path]) -> list[str]:
    """A command of Python's that is measured, and nothing that it starts."""
    # Without this folder on the path, in which packages are called as those of others.
    return [sys.executable, "-P", __file__, *map(str, command)]


def unmeasured(run: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """The function, without measuring its coverage."""

    @wraps(run)
    def wrapped(*arguments: Given.args, **options: Given.kwargs) -> Returned:
        with _paused():
            return run(*arguments, **options)

    return wrapped


@contextmanager
def leaving_out() -> Iterator[None]:
    """Nothing is measured during the block, here and in the processes that it starts."""
    with _paused():
        configuration = os.environ.pop(_CONFIGURATION, None)
        try:
            yield
        finally:
            if configuration is not None:
                os.environ[_CONFIGURATION] = configuration


@contextmanager
def shared() -> Iterator[None]:
    """A process that the block starts is measured if the tests are, even where they leave out what they do."""
    if not _session or _CONFIGURATION in os.environ:
        yield
        return
    os.environ[_CONFIGURATION] = _session[0]
    try:
        yield
    finally:
        del os.environ[_CONFIGURATION]


def leave_out_this_process() -> None:
    """Measure nothing from here on, and save nothing, if the environment says so."""
    measured = Coverage.current()
    if measured and _CONFIGURATION not in os.environ:
        measured.stop()
        measured.save = _saved_by_its_own_process  # type: ignore[method-assign]


@contextmanager
def _paused() -> Iterator[None]:
    measured = Coverage.current()
    collector = measured._collector if measured and _CONFIGURATION in os.environ else None
    if collector is None:
        yield
        return
    # Once stopped and started, it would not measure the functions any more that are running now.
    collector.pause()
    try:
        yield
    finally:
        collector.resume()


def leave_out_dbt() -> None:
    """Measure nothing while dbt runs: it would take half as long again, for the few lines of ours that it calls."""
    from dbt.cli.main import cli, dbtRunner

    dbtRunner.invoke = unmeasured(dbtRunner.invoke)  # type: ignore[method-assign]
    cli.main = unmeasured(cli.main)  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    # It is measured already, and what it starts would find it there.
    os.environ.pop(_CONFIGURATION, None)
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
