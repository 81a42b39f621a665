"""What Dagster's runs are doing, and when one that failed is tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from wiseparts_pipeline.importing.discovery.retries import next_attempt
from wiseparts_pipeline.orchestration.imports import ENTITY_TAG, raw_asset

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass(frozen=True)
class Failures:
    """How many runs for the same thing failed, at least one, and from when on it may be tried again."""

    count: int
    again: datetime

    def __str__(self) -> str:
        return f"tried again at {self.again:%H:%M:%S} UTC"


def failures(
    instance: dg.DagsterInstance,
    tag: str,
    value: str,
    now: datetime,
    statuses: Sequence[dg.DagsterRunStatus] = (dg.DagsterRunStatus.FAILURE,),
) -> Failures | None:
    """The failed runs with this tag; None if there is none."""
    failed = instance.get_run_records(dg.RunsFilter(tags={tag: value}, statuses=list(statuses)))
    if not failed:
        return None
    # The one that was asked for last, which is the first of them.
    ended = datetime.fromtimestamp(failed[0].end_time or 0, UTC)
    return Failures(len(failed), next_attempt(ended, len(failed), now))


def entities_in_progress(instance: dg.DagsterInstance) -> set[str]:
    """The entities whose import is queued or running, whichever job started it."""
    entities: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        entities |= {run.tags[ENTITY_TAG]} if ENTITY_TAG in run.tags else set()
        entities |= {key.path[1] for key in run.asset_selection or () if key == raw_asset(key.path[-1])}
    return entities
