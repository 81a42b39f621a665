"""An import that is disturbed ends as an undisturbed one; and if it did not, it would be noticed."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.chaos import orchestration
from tests.chaos.faults import FAULTS, REORDERING, Fault, kill_at_operation, kill_at_statement
from tests.chaos.place import Servers
from tests.chaos.runs import Expected, Tally, disturbed, undisturbed
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.importing.engine import _FileImport
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Outcome

SEED = 11
ORDERED = [kind for kind in FAULTS if kind not in REORDERING]
# A scenario has four batches: one for each of them; that of three has another for one that did not take place.
TOGETHER = [ORDERED, *(REORDERING[first : first + 3] for first in range(0, len(REORDERING), 3))]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    # Not below pytest's folder, which another pytest closes for the embedded database's user.
    with TemporaryDirectory() as folder, Servers.running(Path(folder)) as servers:
        yield servers


@pytest.fixture(scope="module")
def expected(servers: Servers) -> Expected:
    return undisturbed(servers, SEED)


@pytest.mark.parametrize("kinds", TOGETHER, ids=lambda kinds: ",".join(kind.__name__ for kind in kinds))
def test_nothing_is_lost_and_nothing_is_there_twice(
    servers: Servers, expected: Expected, kinds: Sequence[Fault]
) -> None:
    tallies = {kind.__name__: Tally() for kind in kinds}
    disturbed(servers, kinds, expected, random.Random(SEED), tallies, "")
    # One may find nothing left to disturb, where the machine is busy.
    assert sum(bool(tally.injected) for tally in tallies.values()) >= len(tallies) - 1, tallies
    assert all(tally.is_right for tally in tallies.values()), tallies


def test_whatever_of_dagsters_processes_is_killed_the_files_are_imported(servers: Servers, dbt_target: Path) -> None:
    # After each kill it takes long until everything runs again: one here, of the process that runs are forked from, and
    # those of a run and of the code server in tests/orchestration/test_end_to_end.py.
    expected = undisturbed(servers, SEED, 1)
    tallies = {which: Tally() for which in orchestration.PROCESSES}
    orchestration.disturbed(servers, expected, random.Random(SEED), tallies, dbt_target, "", 1, 10, builds=False)
    assert sum(tally.injected for tally in tallies.values()) == 1
    assert all(tally.is_right for tally in tallies.values())


def test_the_documentation_has_every_fault() -> None:
    page = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = page.partition("| fault |")[2].partition("\n\n")[0]
    told = {name.strip() for row in rows.splitlines()[2:] for name in row.split("|")[1].split(",")}
    assert told == {kind.__name__.replace("_", " ") for kind in FAULTS}


def test_an_engine_that_archives_before_the_commit_is_caught(
    servers: Servers, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = _FileImport._load

    def archive_early(self: _FileImport, *arguments: Any) -> Any:
        loaded = load(self, *arguments)
        self._transport.move(self._file.path, f"{self._file.folder}/processed/{self._file.name}")
        return loaded

    monkeypatch.setattr(_FileImport, "_load", archive_early)
    undisturbed(servers, SEED, 1)
    # Of this seed, the first kill is noticed.
    tally, drawn = Tally(), random.Random(10)
    for _ in range(10):
        disturbed(servers, [kill_at_operation], expected, drawn, {"kill_at_operation": tally}, "")
        if tally.lost:
            break
    assert tally.lost


def test_an_engine_that_counts_a_row_as_another_is_caught(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = undisturbed(servers, SEED, 1)
    finish = ledger.finish

    def miscount(connection: Any, file_id: int, outcome: Outcome) -> None:
        if outcome.counts.created:
            outcome.counts.created -= 1
            outcome.counts.unchanged += 1
        finish(connection, file_id, outcome)

    monkeypatch.setattr(ledger, "finish", miscount)
    tally = Tally()
    disturbed(servers, [kill_at_statement], expected, random.Random(SEED), {"kill_at_statement": tally}, "")
    assert any("import log" in each for each in tally.differing)
