"""What is deleted at night; tests/orchestration/test_end_to_end.py has it done by Dagster's daemon."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from tests.installation import OWN_VARIABLES, Installation
from wiseparts_pipeline.orchestration.pruning import prune_job, prune_runs
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def instance(tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """Of an installation that keeps runs for a month."""
    installation = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    installation.retention(runs="30d")
    for name, value in installation.environment.items():
        if name.startswith(OWN_VARIABLES):
            monkeypatch.setenv(name, value)
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@dg.asset
def made() -> None: ...


def test_finished_runs_are_deleted_but_for_that_of_the_last_materialization(instance: dg.DagsterInstance) -> None:
    first, last = (dg.materialize([made], instance=instance).run_id for _ in range(2))
    assert prune_runs(instance, datetime.now(UTC) + timedelta(days=1)) == 1
    assert (instance.get_run_by_id(first), instance.has_run(last)) == (None, True)


def test_a_night_deletes_no_run_of_the_days_before(instance: dg.DagsterInstance) -> None:
    runs = [dg.materialize([made], instance=instance).run_id for _ in range(2)]
    assert prune_job.execute_in_process(instance=instance).success
    assert all(instance.has_run(run) for run in runs)
