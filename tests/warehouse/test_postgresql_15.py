"""The oldest supported server: Debian's PostgreSQL 15, over TCP and with a password."""

import psycopg
import pytest

from tests import oldest_postgresql
from tests.debian import need
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def url(oldest_postgres_url: str) -> str:
    need(oldest_postgresql.BINARIES / "postgres", oldest_postgresql.PACKAGE)
    return oldest_postgres_url


def test_it_is_the_server_of_the_tests_of_tables_and_marts(url: str, postgres_url: str) -> None:
    assert postgres_url == url
    with psycopg.connect(url) as connection:
        assert connection.info.server_version // 10_000 == oldest_postgresql.VERSION


def test_a_wrong_password_is_reported_without_showing_it(url: str) -> None:
    wrong = Warehouse(url.replace("owner:", "owner:not%20"))
    with pytest.raises(WarehouseError, match=r"password authentication failed") as error:
        wrong.prepare()
    assert "pass:word" not in str(error.value)
    assert "pass%3Aword" not in str(error.value)
