"""Servers that Asterisk could write to, and an installation that pulls from one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import debian, oldest_postgresql
from tests.conftest import QUICK_AND_SMALL, memory
from tests.connections.asterisk import databases
from tests.connections.asterisk.databases import PASSWORD, READER, Database, new_database
from tests.installation import Installation
from tests.notify import postbox
from wiseparts_pipeline.warehouse import Warehouse

Server = Callable[[str], Database]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the servers prove themselves with, as `localhost`."""
    return postbox.certificate(tmp_path_factory.mktemp("certificate")).path


@pytest.fixture(scope="session")
def server(certificate: Path) -> Iterator[Server]:
    """The server of a kind, started when it is needed first."""
    servers: dict[str, Database] = {}
    with ExitStack() as stack:

        def get(kind: str) -> Database:
            if kind not in servers:
                if kind == "postgresql":
                    debian.need(oldest_postgresql.BINARIES / "postgres", oldest_postgresql.PACKAGE)
                    url = stack.enter_context(oldest_postgresql.running(memory(), QUICK_AND_SMALL))
                else:
                    debian.need(databases.MARIADB, "mariadb-server")
                    url = stack.enter_context(databases.mariadb(memory(), certificate))
                servers[kind] = Database(url, kind)
                if kind == "postgresql":
                    databases.encrypt(servers[kind], certificate)
                databases.make_reader(servers[kind])
            return servers[kind]

        yield get


@pytest.fixture(params=["postgresql", "mysql"])
def empty(request: pytest.FixtureRequest, server: Server) -> Iterator[Database]:
    """A database without a table."""
    with new_database(server(request.param)) as database:
        yield database


@pytest.fixture
def database(empty: Database) -> Database:
    """A database with the tables, which the reader may read, and without a row."""
    empty.create()
    empty.allow("cdr", "queue_log")
    return empty


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with what the Asterisk wrote."""
    database.fill()
    return database


def installed(folder: Path, warehouse: Warehouse, pbx: Database) -> Installation:
    """An installation with the packaged pull of calls; the recorded times are in UTC."""
    installation = Installation(folder, {"WISEPARTS_DATABASE_URL": warehouse.url})
    url = f"{pbx.kind}://127.0.0.1:{urlsplit(pbx.url).port}{urlsplit(pbx.url).path}"
    login = {"url": url, "username": READER, "password": PASSWORD, "requests_per_second": 1000}
    installation.component("Connection", "pbx", {"name": "pbx", "system": "asterisk", **login})
    installation.component("Pull", "calls", {"connection": "pbx", "entity": "calls", "timezone": "UTC"})
    return installation
