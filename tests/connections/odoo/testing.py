"""An installation that pulls everything from an Odoo, with the packaged mappings."""

from pathlib import Path
from typing import Any

from tests.connections.odoo.fill import DATABASE, PASSWORD
from tests.installation import Finished, Installation
from wiseparts_pipeline.connections.odoo.entities import READINGS
from wiseparts_pipeline.warehouse import Warehouse


def installed(folder: Path, warehouse: Warehouse, url: str) -> Installation:
    installation = Installation(folder, {"WISEPARTS_DATABASE_URL": warehouse.url})
    login = {"database": DATABASE, "username": "admin", "password": PASSWORD, "allow_plaintext": True}
    pace = {"requests_per_second": 1000, "timeout_seconds": 60}
    installation.component("Connection", "erp", {"name": "erp", "system": "odoo", "url": url, **login, **pace})
    for entity in READINGS:
        attributes: dict[str, Any] = {"connection": "erp", "entity": entity}
        if entity == "orders":
            attributes["reread"] = {"status": ["confirmed"]}
        installation.component("Pull", entity, attributes)
    return installation


def pull(installation: Installation, *arguments: object) -> Finished:
    done = installation.run("pull", *arguments, "--no-progress")
    assert done.status == 0, done.out + done.err
    return done
