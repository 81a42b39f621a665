"""Disturbs scenarios, one after the other, and compares what each leaves behind with an undisturbed one."""

import random
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.faults import FAULTS, REORDERING, Fault, Size, count_steps
from tests.chaos.place import Servers
from tests.chaos.scenario import File, batches
from tests.chaos.state import Difference, State, difference, state


@dataclass
class Tally:
    """Of one kind of fault: how many were injected, after how many the rest was imported, and what was then wrong."""

    injected: int = 0
    recovered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return self.recovered == self.injected and not (self.lost or self.doubled or self.differing)

    def add(self, told: Difference, where: str) -> None:
        self.lost += [f"{where}: {each}" for each in told.lost]
        self.doubled += [f"{where}: {each}" for each in told.doubled]
        self.differing += [f"{where}: {each}" for each in told.differing]


@dataclass(frozen=True)
class Expected:
    """What a scenario leaves behind when nothing happens, with and without what depends on the order of importers."""

    files: Sequence[Sequence[File]]
    sizes: Sequence[Size]
    exact: State
    unordered: State


def disturb(servers: Servers, faults: int, seed: int, kinds: Sequence[Fault] = FAULTS) -> Iterator[dict[str, Tally]]:
    """Injects at least this many faults; yields the tallies by kind after each scenario."""
    tallies = {kind.__name__: Tally() for kind in kinds}
    drawn = random.Random(seed)
    scenario = seed
    while sum(tally.injected for tally in tallies.values()) < faults:
        scenario += 1
        expected = undisturbed(servers, scenario)
        for kind in kinds:
            disturbed(servers, [kind], expected, drawn, tallies, f"seed {seed}, scenario {scenario}")
            yield tallies


def undisturbed(servers: Servers, scenario: int, most: int | None = None) -> Expected:
    """What the scenario, or so many of its first batches, leaves behind when nothing happens."""
    files, sizes = batches(scenario)[:most], []
    with servers.place() as place:
        for batch in files:
            place.drop(batch)
            began = time.monotonic()
            counted = place.import_once(hook=count_steps)
            sizes.append(Size(counted.statements.value, counted.operations.value, time.monotonic() - began))
            assert place.recover() == 1, "an undisturbed import leaves something to do"
        return Expected(files, sizes, state(place, exact=True), state(place, exact=False))


def disturbed(
    servers: Servers,
    kinds: Sequence[Fault],
    expected: Expected,
    drawn: random.Random,
    tallies: Mapping[str, Tally],
    where: str,
) -> None:
    """Injects a fault into the import of each batch, of the kinds in turn; one that did not take place has another."""
    turns = deque(kinds)
    with servers.place() as place:
        for batch, size in zip(expected.files, expected.sizes, strict=True):
            place.drop(batch)
            tally = tallies[turns[0].__name__]
            injected = turns[0](place, size, drawn)
            tally.injected += injected
            try:
                place.recover()
            except AssertionError as error:
                tally.lost.append(f"{where}: {error}")
                return
            tally.recovered += injected
            if injected:
                turns.rotate(-1)
        exact = not set(kinds) & set(REORDERING)
        found = state(place, exact=exact)
        told = difference(expected.exact if exact else expected.unordered, found)
        for kind in kinds:
            tallies[kind.__name__].add(told, where)


def wrong(tallies: Iterable[Tally]) -> Counter[str]:
    """What was wrong, of all kinds of faults together."""
    return Counter(each for tally in tallies for each in (*tally.lost, *tally.doubled, *tally.differing))
