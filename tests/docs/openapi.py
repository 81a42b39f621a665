"""Writes docs/openapi.json: the description that the service gives of itself.

Run it after a change of an address, an answer or a problem: python -m tests.docs.openapi
"""

import json

from wiseparts_pipeline.api.app import create
from wiseparts_pipeline.api.service import Service
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.live.lookups import Lookups
from wiseparts_pipeline.warehouse import Warehouse

FILE = PROJECT / "docs" / "openapi.json"


def openapi_file() -> str:
    """Its text; no database is asked for it."""
    nowhere = Warehouse("")
    with Service.running(Lookups(Configuration({}, {}), nowhere), nowhere) as service:
        return json.dumps(create(service).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(openapi_file(), encoding="utf-8")
