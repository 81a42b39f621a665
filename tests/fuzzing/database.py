"""A database for the targets that need one, whose URL is in the environment of their processes."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.conftest import QUICK_AND_SMALL, enterable_folder, memory, prepared_database
from wiseparts_pipeline.warehouse import embedded

URL = "WISEPARTS_FUZZING_DATABASE_URL"


@contextmanager
def prepared() -> Iterator[str]:
    """The URL of a database with all tables, on a server that is gone afterwards."""
    with enterable_folder(memory()) as folder, embedded.running(folder / "postgres") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in QUICK_AND_SMALL:
                connection.execute(f"alter system set {setting}".encode())
            connection.execute("select pg_reload_conf()")
        with prepared_database(url) as database:
            yield database
