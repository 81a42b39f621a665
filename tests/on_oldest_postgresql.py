"""Fixtures for the conftest.py of a folder whose tests use the oldest server that is supported."""

from collections.abc import Iterator

import pytest

from tests.conftest import prepared_database


@pytest.fixture(scope="session")
def postgres_url(oldest_postgres_url: str) -> str:
    """That server."""
    return oldest_postgres_url


@pytest.fixture(scope="session")
def prepared_url(postgres_url: str) -> Iterator[str]:
    """A prepared database on it."""
    with prepared_database(postgres_url) as url:
        yield url
