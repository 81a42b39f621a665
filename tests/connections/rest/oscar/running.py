"""A shop on django-oscar, started with a database of its own, and ended with the tests, however these end."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.connections import installed
from tests.connections.rest.oscar.install import FOLDER, SHOP, environment
from tests.connections.serving import serving


@contextmanager
def shop(folder: Path) -> Iterator[str]:
    """Its address; `folder` is for its database."""
    database = folder / "shop.sqlite3"
    shutil.copy(FOLDER / database.name, database)
    command = [installed.python(FOLDER), SHOP / "serve.py"]
    with serving(command, environment(database)) as url:
        yield url
