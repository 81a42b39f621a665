"""All inputs that are kept keep all promises; those of findings would not have without their correction."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fuzzing import corpus, reading
from tests.fuzzing.given import given
from tests.fuzzing.target import Finding
from tests.fuzzing.targets import TARGETS
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.outcome import Outcome
from wiseparts_pipeline.importing.reading import Batch, FileRows, open_rows

MOST_BYTES = 1_000_000


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("target", TARGETS)
def test_no_input_that_is_kept_breaks_a_promise(target: str) -> None:
    seeds = {f"seed {number}": data for number, data in enumerate(TARGETS[target].seeds)}
    for name, data in (seeds | corpus.inputs(target)).items():
        try:
            TARGETS[target].run(data)
        except Exception as error:
            raise AssertionError(f"{target}, {name}: {data!r}") from error


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in corpus.FOLDER.iterdir()) < MOST_BYTES


class LosingRows:
    """Reads a file without its second row."""

    def __init__(self, rows: FileRows) -> None:
        self.columns = rows.columns
        self._rows = rows

    def batches(self) -> Iterator[Batch]:
        for batch in self._rows.batches():
            yield batch.filtered(batch.row_numbers != 2)


class Renumbering(LosingRows):
    """Numbers the other rows as if it had not been there."""

    def batches(self) -> Iterator[Batch]:
        for batch in super().batches():
            yield replace(batch, row_numbers=batch.row_numbers - (batch.row_numbers > 2))


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("broken", [LosingRows, Renumbering])
def test_a_reader_that_loses_a_row_is_found(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(path: Path, *arguments: Any) -> FileRows:
        rows: FileRows = broken(open_rows(path, *arguments))
        return rows

    data = given("a,b\n1,x\n2,y\n3,z\n")
    TARGETS["delimited"].run(data)
    monkeypatch.setattr(reading, "open_rows", lose)
    with pytest.raises(Finding):
        TARGETS["delimited"].run(data)


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("instead", ["unchanged", "rejected"])
def test_an_import_that_counts_a_row_as_another_is_found(instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = ledger.finish

    def miscount(connection: Any, file_id: int, outcome: Outcome) -> None:
        outcome.counts.created -= 1
        setattr(outcome.counts, instead, getattr(outcome.counts, instead) + 1)
        finish(connection, file_id, outcome)

    data = TARGETS["imports"].seeds[0]
    TARGETS["imports"].run(data)
    monkeypatch.setattr(ledger, "finish", miscount)
    with pytest.raises(Finding):
        TARGETS["imports"].run(data)
