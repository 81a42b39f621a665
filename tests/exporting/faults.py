"""What can happen while orders are delivered: each a function that has them delivered and does it meanwhile."""

import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.exporting.deliveries import Deliveries
from tests.exporting.dying import PROCESSES, STEPS, deliver_and_die, die
from tests.exporting.imports import Imports
from tests.exporting.servers import Server
from wiseparts_pipeline.transport import connecting

_PATIENCE_SECONDS = 120
_HEADER = "order_id,line_no,status,quantity"


@dataclass
class Scene:
    """Orders on their way to a server. `restart_database`: crashes the database's server and starts it again.

    `lines`: how many each order has; `waiting`: those that are on their way; `corrected`: those that were changed while
    nobody could deliver them.
    """

    deliveries: Deliveries
    imports: Imports
    server: Server
    drawn: random.Random
    restart_database: Callable[[], None] | None = None
    lines: dict[str, int] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    corrected: set[str] = field(default_factory=set)

    def order(self, keys: list[str]) -> None:
        """The shop sends new orders."""
        self.waiting = keys
        self.lines |= {key: self.drawn.randint(1, 20) for key in keys}
        self.send(quantity=1)

    def send(self, quantity: int) -> None:
        """The shop sends the orders that are on their way, with this quantity in each line."""
        rows = [f"{key},{line + 1},confirmed,{quantity}" for key in self.waiting for line in range(self.lines[key])]
        if rows:
            self.imports.orders(*rows, header=_HEADER)

    def starts(self) -> BaseProcess:
        """Another process delivers; it has ended its preparations, perhaps."""
        process = _process(_deliver, self.deliveries)
        process.join(self.drawn.uniform(0.2, 0.8))
        return process


def _process(function: Callable[..., object], *arguments: object) -> BaseProcess:
    process = PROCESSES.Process(target=function, args=arguments)
    process.start()
    return process


def _join(*processes: BaseProcess) -> None:
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


def _killed_at_a_step(scene: Scene) -> None:
    drawn = scene.drawn
    _join(_process(deliver_and_die, scene.deliveries, drawn.choice(STEPS), drawn.randint(1, 5)))


def _killed_at_random(scene: Scene) -> None:
    _join(_process(_deliver, scene.deliveries, scene.drawn.uniform(0.2, 1)))


def _one_of_two_killed(scene: Scene) -> None:
    killed = _process(_deliver, scene.deliveries, scene.drawn.uniform(0.2, 1))
    _join(killed, _process(_deliver, scene.deliveries))


def _two_at_once(scene: Scene) -> None:
    _join(*(_process(_deliver, scene.deliveries) for _ in range(2)))


def _line_cut(scene: Scene) -> None:
    scene.server.line.cuts = [scene.drawn.randint(1_000, 6_000) for _ in range(3)]
    _join(_process(_deliver, scene.deliveries))
    scene.server.line.cuts = []


def _connection_refused(scene: Scene) -> None:
    scene.server.line.refused = scene.drawn.randint(1, 2)
    _join(_process(_deliver, scene.deliveries))
    scene.server.line.refused = 0


def _server_silent(scene: Scene) -> None:
    process = scene.starts()
    scene.server.line.hold()
    process.join(3)
    scene.server.line.release()
    _join(process)


def _server_killed(scene: Scene) -> None:
    process = scene.starts()
    scene.server.kill()
    scene.server.start()
    _join(process)


def _changed_while_the_server_is_down(scene: Scene) -> None:
    scene.server.kill()
    _join(_process(_deliver, scene.deliveries))
    scene.send(quantity=2)
    scene.corrected |= {*scene.waiting}
    scene.server.start()
    scene.deliveries.all_due()
    _join(_process(_deliver, scene.deliveries))


def _changed_while_delivered(scene: Scene) -> None:
    process = scene.starts()
    scene.send(quantity=3)
    _join(process)


def _session_ended(scene: Scene) -> None:
    process = scene.starts()
    scene.deliveries.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    _join(process)


def _database_restarted(scene: Scene) -> None:
    assert scene.restart_database is not None
    process = scene.starts()
    scene.restart_database()
    _join(process)


def _not_writable(scene: Scene) -> None:
    scene.deliveries.folder.chmod(0o555)
    _join(_process(_deliver, scene.deliveries))
    scene.deliveries.folder.chmod(0o755)


FAULTS: dict[str, Callable[[Scene], None]] = {
    "process killed at a step": _killed_at_a_step,
    "process killed at random": _killed_at_random,
    "one of two processes killed": _one_of_two_killed,
    "two processes at once": _two_at_once,
    "line cut": _line_cut,
    "connection refused": _connection_refused,
    "server silent": _server_silent,
    "server killed": _server_killed,
    "changed while the server is down": _changed_while_the_server_is_down,
    "changed while delivered": _changed_while_delivered,
    "database session ended": _session_ended,
    "folder not writable": _not_writable,
    "database restarted": _database_restarted,
}
