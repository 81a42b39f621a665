"""A shop on django-oscar, started with a database of its own, and ended with the tests, however these end."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.connections import installed
from tests.connections.rest.oscar.install import FOLDER, SHOP, environment


@contextmanager
def shop(folder: Path) -> Iterator[str]:
    """Its address; `folder` is for its database."""
    database = folder / "shop.sqlite3"
    shutil.copy(FOLDER / database.name, database)
    command = [installed.python(FOLDER), SHOP / "serve.py"]
    with subprocess.Popen(
        command, env=environment(database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()
