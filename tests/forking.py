"""Runs a program in a process of its own, forked from one that has already imported what programs need.

Starting an interpreter and importing pandas, Arrow or dbt takes longer than most of what a test asks of them.
"""

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.forkserver import ensure_running
from pathlib import Path

from coverage import Coverage

from tests import measuring

TIMEOUT_SECONDS = 550
_IMPORTED = ["tests.measuring", "wiseparts_pipeline.cli.commands.demo", "dbt.cli.main", "dbt.adapters.postgres"]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([*_IMPORTED, "tests.saved"])


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


def with_parsed_project() -> None:
    """Fork from a process that has also parsed the dbt project. Before the first run() only."""
    _FORKS.set_forkserver_preload([*_IMPORTED, "tests.dbt.parsed", "tests.saved"])


def run(
    program: str, arguments: Iterable[object], environment: Mapping[str, str], folder: Path, stdin: str = ""
) -> Finished:
    """Call `module:function` as its script does and wait until it ends; TimeoutError: it does not."""
    with tempfile.TemporaryDirectory() as name:
        streams = [Path(name) / stream for stream in ("stdin", "stdout", "stderr")]
        for stream, text in zip(streams, (stdin, "", ""), strict=True):
            stream.write_text(text, encoding="utf-8")
        command = [program, *map(str, arguments)]
        process = _FORKS.Process(target=_call, args=(command, dict(environment), folder, streams))
        # Other tests fork from it too.
        with measuring.shared():
            ensure_running()
        process.start()
        process.join(TIMEOUT_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{' '.join(command)} has not ended after {TIMEOUT_SECONDS} s")
        out, err = (stream.read_text(encoding="utf-8") for stream in streams[1:])
        return Finished(process.exitcode, out, err)


def _call(command: list[str], environment: dict[str, str], folder: Path, streams: list[Path]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    for descriptor, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDWR)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode, encoding="utf-8") for n, mode in enumerate("rww"))
    sys.argv = command
    module, _, function = command[0].partition(":")
    measuring.leave_out_this_process()
    if Coverage.current():
        measuring.leave_out_dbt()
    getattr(import_module(module), function)()
