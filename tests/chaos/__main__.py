"""See the package's docstring."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.chaos import orchestration
from tests.chaos.place import Servers
from tests.chaos.runs import Tally, disturb, wrong

console = Console()
_SHOWN = 20


def table(tallies: dict[str, Tally], seed: int) -> Table:
    shown = Table(title=f"Disturbed imports, seed {seed}")
    for column in ("fault", "injected", "recovered", "lost", "doubled", "differing"):
        shown.add_column(column, justify="left" if column == "fault" else "right")
    for name, tally in tallies.items():
        counts = (tally.injected, tally.recovered, len(tally.lost), len(tally.doubled), len(tally.differing))
        shown.add_row(name.replace("_", " "), *(f"{count:,}" for count in counts))
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=0, help="kill Dagster's processes instead, this many")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    tallies: dict[str, Tally] = {}
    with (
        TemporaryDirectory() as folder,
        Servers.running(Path(folder)) as servers,
        console.status("Disturbing imports") as status,
    ):
        if arguments.kills:
            disturbing = orchestration.disturb(servers, arguments.kills, arguments.seed)
        else:
            disturbing = disturb(servers, arguments.faults, arguments.seed)
        try:
            for tallies in disturbing:
                status.update(f"{sum(tally.injected for tally in tallies.values()):,} faults injected")
        finally:
            console.print(table(tallies, arguments.seed))
    found = wrong(tallies.values())
    for each, _ in found.most_common(_SHOWN):
        console.print(each, style="red", soft_wrap=True)
    return 1 if found or not all(tally.is_right for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
