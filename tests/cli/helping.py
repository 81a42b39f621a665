"""`python -m tests.cli.helping FOLDER COMMAND ...`: the help of each command, from a process of its own, as files.

The processes are forked from one that has imported what most commands import of others, which takes each of them more
than a second, and nothing of ours.
"""

import json
import multiprocessing
import os
import sys
from importlib import import_module
from pathlib import Path

_OF_OTHERS = ("numpy", "pandas", "paramiko", "psycopg", "pyarrow", "pydantic", "rich", "typer")
_FORKS = multiprocessing.get_context("fork")


def _help(command: str, folder: Path) -> None:
    for suffix, stream in ((".out", sys.stdout), (".err", sys.stderr)):
        with (folder / f"{command}{suffix}").open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.argv = ["wiseparts", command, "--help"]
    import_module("wiseparts_pipeline.cli.main").main()


def main(folder: Path, commands: list[str]) -> None:
    """Writes `COMMAND.out` and `COMMAND.err` for each command, and prints their exit statuses."""
    for module in _OF_OTHERS:
        import_module(module)
    statuses = {}
    for command in commands:
        process = _FORKS.Process(target=_help, args=(command, folder))
        process.start()
        process.join()
        statuses[command] = process.exitcode
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
