"""Kills the process that delivers at a step of its delivery."""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

from tests.exporting.deliveries import Deliveries
from wiseparts_pipeline.exporting import queue
from wiseparts_pipeline.transport import TRANSPORTS

# What it has done, or begun, when it is killed.
STEPS = ("made the folder", "written half of a file", "written the files", "renamed the folder", "recorded it")


def deliver_and_die(deliveries: Deliveries, step: str) -> None:
    transport = TRANSPORTS[deliveries.site.settings.protocol]
    match step:
        case "made the folder":
            _replace(transport, "make_folder", _dying)
        case "written half of a file":
            _replace(transport, "write", _dying_in_a_file)
        case "written the files":
            _replace(transport, "write", _dying)
        case "renamed the folder":
            _replace(transport, "rename", _dying)
        case "recorded it":
            _replace(queue, "delivered", _dying)
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


def _replace(owner: object, name: str, acting: Callable[..., None]) -> None:
    function = getattr(owner, name)
    setattr(owner, name, lambda *arguments, **options: acting(function, *arguments, **options))
