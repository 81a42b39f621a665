"""Runs libFuzzer on a target, starting it again where it ends with a finding."""

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzzing import corpus, database
from tests.fuzzing.targets import TARGETS
from tests.measuring import unmeasured_environment
from wiseparts_pipeline.home import PROJECT

# Of an input: far more than it may take, as the machine may be busy; and with what a process takes before it reads one.
_MOST_SECONDS = 60
_MOST_MB = 1_000


@dataclass
class Found:
    """What a run found. `coverage`: how many places in the code were reached; `findings`: files with inputs."""

    target: str
    runs: int = 0
    coverage: int = 0
    seconds: float = 0
    findings: set[Path] = field(default_factory=set)


class Fuzzer:
    """Fuzzes one target. What reaches other code is kept in the folder, and findings in `findings` below it.

    `variables`: of the environment, see `environment`.
    """

    def __init__(self, target: str, folder: Path, variables: Mapping[str, str]) -> None:
        self._target = target
        self._variables = variables
        self._inputs = folder / target
        self._findings = folder / "findings"
        self._minimised = folder / f"{target}-minimised"
        for path in (self._inputs, self._findings, self._minimised):
            path.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate([*TARGETS[target].seeds, *corpus.inputs(target).values()]):
            (self._inputs / f"kept-{number}").write_bytes(data)

    def fuzz(self, seconds: int, seed: int) -> Found:
        """Fuzzes for so long; with a seed that is not 0, in the same way each time."""
        found = Found(self._target)
        began = time.monotonic()
        while (left := seconds - (time.monotonic() - began)) >= 1:
            told = self._run(f"-max_total_time={int(left)}", f"-seed={seed}", "-print_final_stats=1", "-reload=0")
            found.runs += sum(map(int, re.findall(r"stat::number_of_executed_units: +(\d+)", told)))
            found.coverage = max([found.coverage, *map(int, re.findall(r" cov: (\d+)", told))])
            # Where it is started again it would go the same way.
            seed += seed > 0
        found.seconds = time.monotonic() - began
        found.findings = {path for path in self._findings.glob(f"{self._target}-*") if path.suffix != ".txt"}
        return found

    def minimised(self) -> list[bytes]:
        """The fewest inputs that reach all the code which those in the folder reach."""
        for path in self._minimised.iterdir():
            path.unlink()
        self._run("-merge=1", into=self._minimised)
        return [path.read_bytes() for path in sorted(self._minimised.iterdir())]

    def _run(self, *arguments: str, into: Path | None = None) -> str:
        """What libFuzzer tells. Raises RuntimeError where it did not begin."""
        command = [
            *(sys.executable, "-m", "tests.fuzzing.engine", self._target, str(self._findings)),
            *(f"-timeout={_MOST_SECONDS}", f"-rss_limit_mb={_MOST_MB}"),
            # By the clock, whatever else the machine does; targets measure processor time.
            "-report_slow_units=100000",
            *(f"-artifact_prefix={self._findings}/{self._target}-", *arguments),
            *map(str, (into, self._inputs) if into else (self._inputs,)),
        ]
        # Counting lines takes many times as long as running them.
        variables = unmeasured_environment() | dict(self._variables)
        done = subprocess.run(
            command, cwd=PROJECT, env=variables, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode and "libFuzzer" not in done.stderr:
            raise RuntimeError(f"libFuzzer ended with {done.returncode}: {done.stderr[-3000:]}")
        return done.stderr


@contextmanager
def environment(targets: Iterable[str]) -> Iterator[dict[str, str]]:
    """The variables that these targets need: that of a database, which is gone afterwards."""
    if any(TARGETS[target].needs_database for target in targets):
        with database.prepared() as url:
            yield {database.URL: url}
    else:
        yield {}
