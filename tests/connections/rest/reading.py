"""Reads records of a system whose answers a test chooses."""

from typing import Any

import pytest

from tests.connections.systems import System, Unpaced
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import Everything, Record, Selection
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.rest import Rest

EVERYTHING = Everything()


def connection(system: System, url: str = "", **settings: Any) -> ConnectionSettings:
    """`url`: what follows the server's."""
    given = {"url": system.url + url, "allow_plaintext": True, "auth": "none", "timeout_seconds": 2}
    return ConnectionSettings(name="shop", system="rest", **{**given, **settings})


def read(system: System, selection: Selection, url: str = "", **pull: Any) -> list[Record]:
    """The records of a pull with these attributes."""
    settings = PullSettings.model_validate(
        {"connection": "shop", "entity": "orders", "request": {"path": "/orders"}, **pull}
    )
    with Rest(connection(system, url), Unpaced()) as rest:
        return list(rest.records(settings, selection))


def refused(system: System, selection: Selection, **pull: Any) -> str:
    """Why they cannot be read."""
    with pytest.raises(UnexpectedAnswer) as caught:
        read(system, selection, **pull)
    return str(caught.value)
