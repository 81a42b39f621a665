"""What the tests share: a database server of the test session and a fresh database for each test that wants one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql

from tests.installation import Finished, Installation
from wiseparts_pipeline.warehouse import Warehouse, embedded

# The same examples on every run, however busy the machine; HYPOTHESIS_PROFILE=search looks for others.
hypothesis.settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server of WISEPARTS_TEST_DATABASE_URL, or an embedded one; its user may create databases."""
    if url := os.environ.get("WISEPARTS_TEST_DATABASE_URL"):
        yield url
    else:
        with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder) / "postgres") as url:
            yield url


@pytest.fixture(scope="session")
def prepared_url(postgres_url: str) -> Iterator[str]:
    """A prepared database that the others are copied from; nobody may be connected to it."""
    with database(postgres_url, template="template1") as url:
        Warehouse(url).prepare()
        yield url


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A new database with nothing in it."""
    with database(postgres_url, template="template1") as url:
        yield url


@pytest.fixture
def warehouse(postgres_url: str, prepared_url: str) -> Iterator[Warehouse]:
    """A prepared warehouse in a database of its own."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        yield Warehouse(url)


@pytest.fixture(scope="module")
def shared_warehouse(postgres_url: str, prepared_url: str) -> Iterator[Warehouse]:
    """A prepared warehouse in a database that the tests of a module share."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        yield Warehouse(url)


@contextmanager
def database(server_url: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
        connection.execute(sql.SQL("create database {name} template {template}").format(**names))
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("drop database {name} with (force)").format(**names))


@pytest.fixture(scope="session")
def demo() -> Iterator[tuple[Installation, Finished]]:
    """An installation of the packaged configuration in which the demo has run once, and what that said."""
    # Not below pytest's folder, which another pytest closes for the embedded database's user.
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), {"WISEPARTS_DEFS": ""})
        yield installation, installation.run("demo")
