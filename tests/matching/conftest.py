"""A warehouse with the products of a catalogue, and nothing decided."""

from collections.abc import Iterator

import pytest

from tests.matching.catalogue import OUR_COLUMNS, THEIR_COLUMNS, Catalogue, catalogue
from tests.matching.records import put
from wiseparts_pipeline.warehouse import Connection, Warehouse


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect(autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def made() -> Catalogue:
    return catalogue()


def fill(connection: Connection, made: Catalogue) -> None:
    put(connection, "manufacturers", "manufacturer_id name", made.manufacturers)
    put(connection, "products", OUR_COLUMNS, made.ours, "erp")
    put(connection, "supplier_products", THEIR_COLUMNS, made.theirs)
