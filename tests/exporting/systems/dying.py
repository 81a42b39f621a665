"""A process that is killed when Tryton has created an order, and nobody here knows of it."""

import os
import signal

from tests.connections.tryton.running import settings
from tests.exporting.systems.creating import USER
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections.tryton.receiving.models import Models, Values
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.warehouse import Warehouse


def die_after_creating(database: str, erp: str) -> None:
    """Delivers orders, and does not live to see that the first one was created."""
    create = Models.create

    def created(models: Models, model: str, values: Values) -> int:
        create(models, model, values)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    setattr(Models, "create", created)  # noqa: B010
    connection = settings(erp, username=USER["login"], password=USER["password"], requests_per_second=10_000)
    exporter = ExporterSettings.model_validate(
        {"entity": "orders", "name": "erp_orders", "to": "erp", "sources": ["shop"], "confirm": True}
    )
    deliver(Warehouse(database), Configuration({}, {}, {"erp_orders": exporter}, {"erp": connection}), seconds=60)
