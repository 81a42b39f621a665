"""Runs a program in a process of its own, forked from one that has already imported what programs need.

Starting an interpreter and importing pandas, Arrow or dbt takes longer than most of what a test asks of them.
"""

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from coverage import Coverage

TIMEOUT_SECONDS = 550
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["wiseparts_pipeline.cli.commands.demo", "dbt.cli.main", "dbt.adapters.postgres"])


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


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
    if measured := Coverage.current():
        _leave_out_dbt(measured)
    getattr(import_module(module), function)()


def _leave_out_dbt(measured: Coverage) -> None:
    """Measure nothing while dbt runs: it would take half as long again, for the few lines of ours that it calls."""
    from dbt.cli.main import cli, dbtRunner

    def unmeasured(run: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(run)
        def wrapped(*arguments: Any, **options: Any) -> Any:
            # Once stopped and started, it would not measure the functions any more that are running now.
            collector = measured._collector
            assert collector is not None
            collector.pause()
            try:
                return run(*arguments, **options)
            finally:
                collector.resume()

        return wrapped

    dbtRunner.invoke = unmeasured(dbtRunner.invoke)  # type: ignore[method-assign]
    cli.main = unmeasured(cli.main)  # type: ignore[method-assign]
