"""Delivers what a process commits while the process goes on, and for some seconds when it is done."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.exporting.delivery import Delivered, deliver
from wiseparts_pipeline.warehouse import Warehouse
from wiseparts_pipeline.warehouse.errors import map_database_errors

# An import's end is not delayed by more than this; Dagster's sensor, or the next import, delivers what is left.
SECONDS = 20.0


@dataclass
class AtOnce:
    """What is delivered while an import goes on. `done`: each attempt; complete once the block has ended."""

    warehouse: Warehouse
    configuration: Configuration
    done: list[Delivered] = field(default_factory=list)
    _woken: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    # When it has to have ended; None while the import goes on.
    _deadline: float | None = None

    def wake(self) -> None:
        """Something was committed: whatever is due is delivered by another thread."""
        if not self.configuration.exporters:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="exports", daemon=True)
            self._thread.start()
        self._woken.set()

    def end(self) -> None:
        """Waits until what was committed is delivered, for SECONDS at most."""
        if self._thread is not None:
            self._deadline = time.monotonic() + SECONDS
            self._woken.set()
            self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            self._woken.wait()
            self._woken.clear()
            # Read before it delivers: what was committed before the end is then seen.
            deadline = self._deadline
            ended = deadline is not None
            seconds = SECONDS if deadline is None else deadline - time.monotonic()
            if seconds > 0:
                self._deliver(seconds)

    def _deliver(self, seconds: float) -> None:
        try:
            with map_database_errors():
                hasty = self.configuration.waiting_at_most(SECONDS)
                self.done.append(deliver(self.warehouse, hasty, seconds=seconds))
        except WarehouseError as error:
            self.done.append(Delivered(delayed=[f"Exports are delivered later: {error}"]))


@contextmanager
def delivering_at_once(warehouse: Warehouse, configuration: Configuration) -> Iterator[AtOnce]:
    """During the block, and at its end, what is committed is delivered each time that `wake` is called."""
    at_once = AtOnce(warehouse, configuration)
    try:
        yield at_once
    finally:
        at_once.end()
