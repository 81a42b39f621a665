"""Fuzzes targets in turn, and prints what was found: python -m tests.fuzzing [TARGET ...] --seconds 600."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fuzzing import corpus
from tests.fuzzing.fuzzing import Found, Fuzzer, environment
from tests.fuzzing.targets import TARGETS
from wiseparts_pipeline.home import PROJECT

_FOLDER = PROJECT / ".fuzzing"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all if none is named")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="for inputs and findings")
    parser.add_argument("--keep", action="store_true", help="keep the fewest inputs that reach all code in the corpus")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    targets = arguments.targets or list(TARGETS)
    found = []
    with environment(targets) as variables:
        for target in targets:
            fuzzer = Fuzzer(target, arguments.folder, variables)
            found.append(fuzzer.fuzz(arguments.seconds, arguments.seed))
            if arguments.keep:
                corpus.keep(target, fuzzer.minimised())
    Console().print(_table(found))
    return 1 if any(each.findings for each in found) else 0


def _table(found: list[Found]) -> Table:
    table = Table(title="Fuzzing")
    table.add_column("target")
    for heading in ("minutes", "runs", "coverage", "findings"):
        table.add_column(heading, justify="right")
    for each in found:
        names = "\n".join(sorted(path.name for path in each.findings)) or "0"
        table.add_row(each.target, f"{each.seconds / 60:.1f}", f"{each.runs:,}", f"{each.coverage:,}", names)
    return table


if __name__ == "__main__":
    sys.exit(main())
