"""The shop, started with a database of its own, and ended with the tests, however these end."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.conninfo import conninfo_to_dict

from tests.connections.vendure.install import FOLDER, NODE


@contextmanager
def shop(database_url: str) -> Iterator[str]:
    """Its address. The database is empty, and is filled with ten products."""
    given = conninfo_to_dict(database_url)
    database = {
        "host": given["host"],
        "port": int(given.get("port") or 5432),
        "username": given["user"],
        "password": given.get("password") or "",
        "database": given["dbname"],
    }
    command = [str(NODE), "server.js", json.dumps(database)]
    with subprocess.Popen(
        command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            said = []
            for line in process.stdout:
                if line.startswith('{"port"'):
                    break
                said.append(line)
            else:
                raise AssertionError("".join(said))
            yield f"http://127.0.0.1:{json.loads(line)['port']}"
        finally:
            process.stdin.close()
