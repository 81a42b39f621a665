"""Dagster's processes are killed while files arrive; whoever looks after `wiseparts dev` starts it again."""

import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import psutil

from tests.chaos.place import Place, Servers
from tests.chaos.runs import Expected, Tally, undisturbed
from tests.chaos.scenario import IMPORTERS
from tests.chaos.state import difference, state
from tests.conftest import memory
from tests.development import free_port
from tests.installation import WISEPARTS, Installation, share_parsed
from tests.measuring import unmeasured_environment
from tests.orchestration.graphql import Dagster
from wiseparts_pipeline.orchestration.automatic_builds import SENSOR
from wiseparts_pipeline.warehouse import Warehouse, embedded

# A file whose import was killed three times waits for seven minutes.
PATIENCE_SECONDS = 1200
_POLL_SECONDS = 0.5
_FORK_SERVER = "multiprocessing.forkserver"
_COMMANDS = {
    "daemon": "dagster._daemon",
    "web server": "dagster_webserver",
    "code server": "dagster api grpc",
    "fork server": _FORK_SERVER,
}
PROCESSES = ("run", *_COMMANDS, "everything")


class Supervised:
    """`wiseparts dev`, for `watch` to start again when it has ended."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._printed = (installation.folder / "printed").open("wb")
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._port = free_port()
        return subprocess.Popen(
            [WISEPARTS, "dev", "--port", str(self._port), "--sftp-port", "0", "--dashboards-port", "0"],
            cwd=self._installation.folder,
            env=unmeasured_environment(self._installation.environment),
            stdin=subprocess.DEVNULL,
            stdout=self._printed,
            stderr=self._printed,
        )

    def stop_builds(self) -> bool:
        """Has Dagster build no marts from here on; False if it does not answer yet."""
        try:
            Dagster(f"http://127.0.0.1:{self._port}").stop(SENSOR)
        except (OSError, KeyError):
            return False
        return True

    def watch(self) -> None:
        if self._process.poll() is not None:
            self._process = self._start()

    def kill(self, which: str, drawn: random.Random) -> bool:
        """Kills a process of this kind; False if there is none."""
        chosen = self._processes(which)
        if not chosen:
            return False
        with suppress(psutil.NoSuchProcess):
            drawn.choice(chosen).kill()
            return True
        return False

    def _processes(self, which: str) -> list[psutil.Process]:
        main = psutil.Process(self._process.pid)
        if which == "everything":
            return [main]
        found = []
        for process in main.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                parent = process.parent()
                is_run = parent is not None and all(_FORK_SERVER in _command(each) for each in (process, parent))
                if is_run if which == "run" else _COMMANDS[which] in _command(process) and not is_run:
                    found.append(process)
        return found

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._printed.close()


def _command(process: psutil.Process) -> str:
    return " ".join(process.cmdline())


def disturb(servers: Servers, kills: int, seed: int) -> Iterator[dict[str, Tally]]:
    """Kills at least this many processes; yields the tallies by kind after each scenario."""
    tallies = {which: Tally() for which in PROCESSES}
    drawn = random.Random(seed)
    scenario = seed
    with TemporaryDirectory() as parsed:
        while sum(tally.injected for tally in tallies.values()) < kills:
            scenario += 1
            expected = undisturbed(servers, scenario)
            disturbed(servers, expected, drawn, tallies, Path(parsed), f"seed {seed}, scenario {scenario}")
            yield tallies


def disturbed(
    servers: Servers,
    expected: Expected,
    drawn: random.Random,
    tallies: dict[str, Tally],
    parsed: Path,
    where: str,
    each_batch: int = 3,
    longest_pause: float = 40,
    builds: bool = True,
) -> None:
    """Drops the files of a scenario, batch by batch, and kills so many processes while each batch is imported.

    `parsed`: a folder in which the parsed dbt project is shared. `longest_pause`: the seconds within which the next is
    killed. `builds`: whether marts are built meanwhile, which takes longer than all the rest.
    """
    with running(servers, parsed) as (place, dev):
        if not builds:
            _eventually(dev, dev.stop_builds)
        for batch in expected.files:
            place.drop(batch)
            killed: list[str] = []
            while len(killed) < each_batch:
                _wait(dev, drawn.uniform(0, longest_pause))
                which = drawn.choice(PROCESSES)
                if dev.kill(which, drawn):
                    killed.append(which)
                    tallies[which].injected += 1
                elif which == "run" and not place.is_open():
                    break
            try:
                _eventually(dev, lambda: not place.is_open())
            except TimeoutError as error:
                tallies[killed[-1]].lost.append(f"{where}: files are still open, {error}")
                return
            for which in killed:
                tallies[which].recovered += 1
        # What waits for nothing else is released in runs after the last file.
        with suppress(TimeoutError):
            _eventually(dev, lambda: not difference(expected.unordered, state(place, exact=False)), 120)
        tallies["everything"].add(difference(expected.unordered, state(place, exact=False)), where)


@contextmanager
def running(servers: Servers, parsed: Path) -> Iterator[tuple[Place, Supervised]]:
    """Everything, in an installation of its own, with the scenario's importers; its folder is on this machine."""
    with TemporaryDirectory(dir=memory()) as folder:
        installation = Installation(Path(folder))
        (installation.folder / "home").mkdir()
        share_parsed(installation.folder / "home", parsed)
        installation.source("erp", protocol="local", root=str(installation.drop), poll_seconds=1, settle_seconds=0)
        for entity, attributes in IMPORTERS.items():
            usual = {"source": "erp", "folder": entity, "pattern": "{date}*", "on_arrival": True}
            installation.importer(entity, **usual, **attributes)
        with embedded.running(installation.folder / "home" / "postgres") as url:
            dev = Supervised(installation)
            try:
                place = Place(servers, Warehouse(url), installation.drop, installation.folder / "home")
                _eventually(dev, place.is_prepared)
                yield place, dev
            finally:
                dev.stop()


def _wait(dev: Supervised, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        dev.watch()
        Event().wait(_POLL_SECONDS)


def _eventually(dev: Supervised, condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Returns once the condition holds. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds:.0f} s")
        _wait(dev, _POLL_SECONDS)
