"""A warehouse whose content is gone after each test."""

from collections.abc import Iterator

import pytest

from wiseparts_pipeline.warehouse import Connection, Warehouse


@pytest.fixture(scope="module")
def session(shared_warehouse: Warehouse) -> Iterator[Connection]:
    with shared_warehouse.connect() as connection:
        yield connection


@pytest.fixture
def connection(session: Connection) -> Iterator[Connection]:
    """What a test stores is gone after it."""
    yield session
    session.rollback()
