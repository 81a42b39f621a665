"""A few seconds of fuzzing, in the same way each time; `python -m tests.fuzzing` goes on for hours."""

import importlib.util
from pathlib import Path

import pytest

from tests.fuzzing import database
from tests.fuzzing.fuzzing import Fuzzer
from tests.fuzzing.mutating import mutated
from tests.fuzzing.targets import TARGETS
from wiseparts_pipeline.warehouse import Warehouse

SECONDS = 3
SEED = 1
# One that reads files, one that converts, and all of it; a process takes longer to start than it then has.
FUZZED = ("delimited", "conversions", "imports")


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not made for this platform")
@pytest.mark.parametrize("target", FUZZED)
def test_nothing_is_found_in_a_few_seconds(target: str, shared_warehouse: Warehouse, tmp_path: Path) -> None:
    found = Fuzzer(target, tmp_path, {database.URL: shared_warehouse.url}).fuzz(SECONDS, SEED)
    tracebacks = [path.read_text() for path in tmp_path.glob("findings/*.txt")]
    assert {path.name: path.read_bytes() for path in found.findings} == {}, "\n".join(tracebacks)
    assert found.runs > len(TARGETS[target].seeds)
    assert found.coverage > 0


def test_inputs_are_changed_in_the_same_way_each_time() -> None:
    def change(seed: int) -> bytes:
        return mutated(TARGETS["xml"].seeds[0], 100, seed, TARGETS["xml"].tokens, lambda data, longest: data[::-1])

    changed = [change(seed) for seed in range(200)]
    assert changed == [change(seed) for seed in range(200)]
    assert len(set(changed)) > 150
    assert max(map(len, changed)) <= 100
