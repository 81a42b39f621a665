"""Deliveries that are disturbed in every way we know of: nothing is lost, nothing twice, nothing half is ever seen.

`python -m tests.exporting.chaos [--orders N] [--faults N] [--seed N] [--server NAME]` prints what was injected and what
became of the orders; `test_chaos.py` injects some of each kind.
"""

import argparse
import csv
import io
import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.exporting.deliveries import FOLDER, Deliveries, observed
from tests.exporting.dying import STEPS, deliver_and_die, die
from tests.transport import ftp_servers
from tests.transport.conftest import Line
from tests.transport.openssh import openssh_server
from tests.transport.site import Site
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.transport import connecting
from wiseparts_pipeline.transport.embedded import EmbeddedSftp
from wiseparts_pipeline.warehouse import Warehouse

SERVERS = ("openssh", "mod_sftp", "proftpd", "embedded")
_PROCESSES = multiprocessing.get_context("forkserver")
_PATIENCE_SECONDS = 120


@dataclass
class Result:
    """What was injected, by kind, and what is wrong: `lost`, `doubled` and `incomplete` have to be empty."""

    injected: Counter[str] = field(default_factory=Counter)
    delivered: int = 0
    seen: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.incomplete or self.left_over)


def disturb(deliveries: Deliveries, line: Line, orders: int, faults: int, seed: int) -> Result:
    """Deliver orders while faults are injected, one after another, then without; `line` is on the way to the server."""
    drawn = random.Random(seed)
    result = Result()
    numbers = iter(range(1, orders + 1))
    deliveries.site.folder("WiseParts Export")
    deliveries.site.folder(FOLDER)
    with observed(deliveries.folder) as seen:
        for number in range(faults):
            for _, order in zip(range(orders // faults + 1), numbers, strict=False):
                deliveries.order(f"WEB-{order}", lines=drawn.randint(1, 20))
            kind = list(_FAULTS)[number % len(_FAULTS)]
            _FAULTS[kind](deliveries, line, drawn)
            result.injected[kind] += 1
            deliveries.all_due()
        # What an interrupted attempt has left is looked for once a minute.
        for _ in range(2):
            deliveries.execute("update ops.exporters set listed_at = null")
            deliveries.deliver(everything_due=True)
    _examine(deliveries, seen, orders, result)
    return result


def _examine(deliveries: Deliveries, seen: dict[str, dict[str, str]], orders: int, result: Result) -> None:
    expected, there = deliveries.expected(), deliveries.seen()
    exports = deliveries.exports()
    result.delivered = sum(export.status == "delivered" for export in exports)
    result.seen = len(seen)
    places: dict[str, list[str]] = {f"WEB-{number}": [] for number in range(1, orders + 1)}
    for name in there:
        record_uuid = name.removeprefix("order_")
        text = (deliveries.folder / name / f"order_data_{record_uuid}.csv").read_text(encoding="utf-8")
        (row,) = csv.DictReader(io.StringIO(text, newline=""))
        places.setdefault(row["order_id"], []).append(name)
    result.lost = [key for key, names in places.items() if not names]
    result.lost += [str(export.record_key) for export in exports if export.status != "delivered"]
    result.doubled = [key for key, names in places.items() if len(names) > 1]
    looks = [*there.items(), *seen.items()]
    result.incomplete = sorted({name for name, files in looks if files != expected.get(name)})
    result.left_over = deliveries.hidden()


def _process(function: Callable[..., object], *arguments: object) -> multiprocessing.process.BaseProcess:
    process = _PROCESSES.Process(target=function, args=arguments)
    process.start()
    return process


def _join(*processes: multiprocessing.process.BaseProcess) -> None:
    for process in processes:
        process.join(_PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"a process that delivers has not ended after {_PATIENCE_SECONDS} s")


def _deliver(deliveries: Deliveries, dies_after: float | None = None) -> None:
    """In a process of its own; that the database or the server fails is what the faults are for."""
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    connecting.BACKOFF = (0.05, 0.05)
    if dies_after is not None:
        signal.signal(signal.SIGALRM, lambda *_: die())
        signal.setitimer(signal.ITIMER_REAL, dies_after)
    deliveries.deliver()


def _killed_at_a_step(deliveries: Deliveries, _line: Line, drawn: random.Random) -> None:
    _join(_process(deliver_and_die, deliveries, drawn.choice(STEPS), drawn.randint(1, 5)))


def _killed_at_random(deliveries: Deliveries, _line: Line, drawn: random.Random) -> None:
    _join(_process(_deliver, deliveries, drawn.uniform(0.2, 1)))


def _one_of_two_killed(deliveries: Deliveries, _line: Line, drawn: random.Random) -> None:
    _join(_process(_deliver, deliveries, drawn.uniform(0.2, 1)), _process(_deliver, deliveries))


def _two_at_once(deliveries: Deliveries, _line: Line, _drawn: random.Random) -> None:
    _join(*(_process(_deliver, deliveries) for _ in range(2)))


def _line_cut(deliveries: Deliveries, line: Line, drawn: random.Random) -> None:
    line.cuts = [drawn.randint(1_000, 6_000) for _ in range(3)]
    _join(_process(_deliver, deliveries))
    line.cuts = []


def _server_down(deliveries: Deliveries, line: Line, drawn: random.Random) -> None:
    line.refused = drawn.randint(1, 2)
    _join(_process(_deliver, deliveries))
    line.refused = 0


def _server_silent(deliveries: Deliveries, line: Line, drawn: random.Random) -> None:
    process = _process(_deliver, deliveries)
    process.join(drawn.uniform(0.2, 0.8))
    line.hold()
    process.join(3)
    line.release()
    _join(process)


def _session_ended(deliveries: Deliveries, _line: Line, drawn: random.Random) -> None:
    process = _process(_deliver, deliveries)
    process.join(drawn.uniform(0.2, 0.8))
    deliveries.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    _join(process)


def _not_writable(deliveries: Deliveries, _line: Line, _drawn: random.Random) -> None:
    deliveries.folder.chmod(0o555)
    _join(_process(_deliver, deliveries))
    deliveries.folder.chmod(0o755)


_FAULTS: dict[str, Callable[[Deliveries, Line, random.Random], None]] = {
    "process killed at a step": _killed_at_a_step,
    "process killed at random": _killed_at_random,
    "one of two processes killed": _one_of_two_killed,
    "two processes at once": _two_at_once,
    "line cut": _line_cut,
    "server down": _server_down,
    "server silent": _server_silent,
    "database session ended": _session_ended,
    "folder not writable": _not_writable,
}


@contextmanager
def behind_a_line(server: str) -> Iterator[tuple[Site, Line]]:
    """A server of this kind, and the line to it."""
    with ExitStack() as stack:
        if server == "embedded":
            site = _embedded_site(stack)
        elif server == "openssh":
            site = stack.enter_context(openssh_server()).site()
        elif server == "mod_sftp":
            site = stack.enter_context(ftp_servers.mod_sftp()).site()
        else:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            site = stack.enter_context(ftp_servers.proftpd(ftp_servers.make_certificates(folder))).site()
        line = Line(site.settings.port)
        stack.callback(line.close)
        changes = {"port": line.port, "timeout_seconds": 2}
        yield replace(site, settings=site.settings.model_copy(update=changes)), line


def _embedded_site(stack: ExitStack) -> Site:
    server = stack.enter_context(EmbeddedSftp.running(Path(stack.enter_context(TemporaryDirectory()))))
    settings = SourceSettings(
        name="erp",
        protocol="sftp",
        host=server.host,
        port=server.port,
        username="wiseparts",
        private_key=str(server.key),
        known_hosts=server.known_hosts,
    )
    return Site(settings, server.root)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", choices=SERVERS, default="openssh")
    given = parser.parse_args()
    _PROCESSES.set_forkserver_preload(["tests.exporting.dying", "tests.transport.conftest"])
    with (
        TemporaryDirectory() as home,
        Warehouse.open(Path(home)) as warehouse,
        behind_a_line(given.server) as (site, line),
    ):
        result = disturb(Deliveries(warehouse, site), line, given.orders, given.faults, given.seed)
    for kind, number in result.injected.items():
        print(f"{number:5} {kind}")
    print(f"{result.delivered} of {given.orders} orders delivered; {result.seen} folders seen meanwhile")
    for what in ("lost", "doubled", "incomplete", "left_over"):
        found = getattr(result, what)
        print(f"{what.replace('_', ' ')}: {len(found)} {found[:10] or ''}")
    return 0 if result.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
