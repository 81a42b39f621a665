"""Dagster's run queue, and what has its daemon answer quickly."""

from typing import Any

from wiseparts_pipeline.orchestration.dagster_internals import QueuedRunCoordinator, evaluate_sensors_every
from wiseparts_pipeline.orchestration.runtime.launcher import ForkingRunLauncher

SENSORS_SECONDS = 1.0
QUEUE_SECONDS = 0.5


class PromptRunCoordinator(QueuedRunCoordinator[Any]):
    """Dagster's own coordinator, which also prepares the daemon for what is to come.

    Dagster's daemon looks every 5 s which sensors are due, twice on the way of a file, and has no setting for it.
    """

    @property
    def dequeue_interval_seconds(self) -> float:  # type: ignore[override]
        """How often runs are taken from the queue. Only the daemon asks for it, when it starts."""
        evaluate_sensors_every(SENSORS_SECONDS)
        launcher = self._instance.run_launcher
        if isinstance(launcher, ForkingRunLauncher):
            launcher.prepare()
        return QUEUE_SECONDS
