"""Kills the process that delivers at a step of its delivery."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from tests.exporting.deliveries import Deliveries
from wiseparts_pipeline.exporting import queue
from wiseparts_pipeline.transport import TRANSPORTS

# Forked from one that has all of the program in memory, as each kill takes a process.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.exporting.faults"])
# What it has done, or begun, when it is killed.
STEPS = ("made the folder", "written half of a file", "written the files", "renamed the folder", "recorded it")


def deliver_and_die(deliveries: Deliveries, step: str, number: int = 1) -> None:
    """`number`: the record of those that are due."""
    transport = TRANSPORTS[deliveries.site.settings.protocol]
    match step:
        case "made the folder":
            _replace(transport, "make_folder", _dying, number)
        case "written half of a file":
            _replace(transport, "write", _dying_in_a_file, number)
        case "written the files":
            _replace(transport, "write", _dying, number)
        case "renamed the folder":
            _replace(transport, "rename", _dying, number)
        case "recorded it":
            _replace(queue, "delivered", _dying, number)
    deliveries.deliver()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(function: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    function(*arguments, **options)
    die()


def _dying_in_a_file(write: Callable[..., Any], transport: Any, folder: str, files: Mapping[str, bytes]) -> None:
    name = min(files)
    write(transport, folder, {name: files[name][: len(files[name]) // 2]})
    die()


def _replace(owner: object, name: str, dying: Callable[..., None], number: int) -> None:
    """Have a function be a deadly one when it is called for the `number`th time."""
    function = getattr(owner, name)
    calls = count(1)

    def counted(*arguments: Any, **options: Any) -> Any:
        return dying(function, *arguments, **options) if next(calls) == number else function(*arguments, **options)

    setattr(owner, name, counted)
