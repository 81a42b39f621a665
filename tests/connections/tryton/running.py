"""A Tryton with a database of its own, ended with the tests, however these end."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.connections import installed
from tests.connections.serving import serving
from tests.connections.systems import Unpaced as Unpaced
from tests.connections.tryton.install import DATABASE, FOLDER, FOR_LOOKUPS, HERE, PASSWORD, SETTINGS, environment
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.tryton.rpc import Rpc


@contextmanager
def tryton(folder: Path, *databases: str) -> Iterator[str]:
    """Its address; `folder` is for its databases, one without names, which are the same at first.

    Those for look-ups have more in them.
    """
    databases = databases or (DATABASE,)
    for name in databases:
        filled = FOR_LOOKUPS if name.startswith(FOR_LOOKUPS) else DATABASE
        shutil.copy(FOLDER / f"{filled}.sqlite", folder / f"{name}.sqlite")
    command: list[str | Path] = [installed.python(FOLDER), HERE / "serve.py", SETTINGS, *databases]
    with serving(command, environment(folder)) as url:
        yield url


def settings(url: str, **attributes: Any) -> ConnectionSettings:
    """The connection to it, of its administrator unless specified."""
    usual = {"name": "erp", "system": "tryton", "url": url, "database": "tryton", "allow_plaintext": True}
    return ConnectionSettings.model_validate(usual | {"username": "admin", "password": PASSWORD} | attributes)


@contextmanager
def asking(url: str, database: str = "tryton") -> Iterator[Callable[..., Any]]:
    """Calls its administrator's methods, which may change something."""
    rpc = Rpc(settings(url, database=database), Unpaced())
    try:
        yield rpc.call
    finally:
        rpc.close()
