"""What is written of an order or a customer."""

from collections.abc import Iterator

import pytest

from tests.exporting.records import export, exporter, line, texts
from wiseparts_pipeline.exporting.content import prepare
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


def test_an_order_is_one_row_of_its_own_and_its_lines_in_order(connection: Connection) -> None:
    line(connection, line_no=2, sku="X")
    line(connection, note="Ring twice")
    written = texts(prepare(connection, exporter(), export()))

    assert [row.split(",")[1] for row in written["order_items"]] == ["line_no", "1", "2"]
    assert len(written["order_data"]) == 2
