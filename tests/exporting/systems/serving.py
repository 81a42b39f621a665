"""The service in a process that is killed at a chosen step, in front of a Tryton that it creates orders in."""

import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from tests.exporting.systems.creating import connection_to
from wiseparts_pipeline.api.creating import creating
from wiseparts_pipeline.api.server import Server
from wiseparts_pipeline.api.service import Service
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections.tryton.receiving.models import Models
from wiseparts_pipeline.importing import engine
from wiseparts_pipeline.live.lookups import Lookups
from wiseparts_pipeline.warehouse import Warehouse

# The service has imported an order, or Tryton has created one, and nobody has noted it.
Step = Literal["imported", "created"]


def serve(database: str, erp: str, port: int, home: Path, dies_at: Step | None, times: int = 1) -> None:
    """Serves until it is terminated, or has come to a step so many times."""
    os.environ["WISEPARTS_HOME"] = str(home)
    if dies_at == "imported":
        setattr(creating, "run_import", _dying_after(engine.run_import, times))  # noqa: B010
    elif dies_at == "created":
        setattr(Models, "create", _dying_after(Models.create, times))  # noqa: B010
    exporter = ExporterSettings.model_validate(
        {"entity": "orders", "name": "erp_orders", "to": "erp", "sources": ["wiseparts_api"], "confirm": True}
    )
    warehouse = Warehouse(database)
    with (
        Lookups(
            Configuration({}, {}, {"erp_orders": exporter}, {"erp": connection_to("tryton", erp)}), warehouse
        ) as lookups,
        Service.running(lookups, warehouse, 10_000) as service,
    ):
        Server(service, "127.0.0.1", port).run()


def _dying_after(step: Callable[..., Any], times: int) -> Callable[..., Any]:
    done = itertools.count(1)

    def step_and_die(*arguments: Any) -> Any:
        result = step(*arguments)
        if next(done) == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return step_and_die
