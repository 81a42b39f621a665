"""A process that is killed when a system has created an order, and nobody here knows of it."""

import os
import signal
from typing import Any

from tests.exporting.systems.creating import connection_to
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.connections.odoo.receiving.models import Models as OdooModels
from wiseparts_pipeline.connections.tryton.receiving.models import Models as TrytonModels
from wiseparts_pipeline.exporting.delivery import deliver
from wiseparts_pipeline.warehouse import Warehouse


def die_after_creating(database: str, system: str, url: str) -> None:
    """Delivers orders, and does not live to see that the first one was created."""
    models: Any = OdooModels if system == "odoo" else TrytonModels
    create = models.create

    def created(*arguments: Any) -> int:
        create(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    models.create = created
    exporter = ExporterSettings.model_validate(
        {"entity": "orders", "name": "erp_orders", "to": "erp", "sources": ["shop"], "confirm": True}
    )
    connections = {"erp": connection_to(system, url)}
    deliver(Warehouse(database), Configuration({}, {}, {"erp_orders": exporter}, connections), seconds=60)
