"""The system of the tests, and the service in front of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.running import Running, running
from tests.importing.drop import Drop
from tests.live.erp import Erp, lookups_of, match_products
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def shared_erp() -> Erp:
    return Erp()


@pytest.fixture(scope="module")
def shared_service(shared_erp: Erp, shared_warehouse: Warehouse) -> Iterator[Running]:
    """Shared by the tests of a module, each of which finds it as the first one does, but for kept answers."""
    match_products(shared_warehouse)
    with (
        lookups_of(shared_erp, shared_warehouse, deadline_seconds=1, open_after_failures=1000) as lookups,
        running(lookups, shared_warehouse, requests_a_second=10_000) as service,
    ):
        yield service


@pytest.fixture
def erp(shared_erp: Erp) -> Iterator[Erp]:
    yield shared_erp
    shared_erp.before_answer = shared_erp.before_login = lambda _: None
    shared_erp.asked.clear()
    shared_erp.logins = shared_erp.most_at_once = 0


@pytest.fixture
def service(shared_service: Running, erp: Erp) -> Running:
    return shared_service


@pytest.fixture
def drop(warehouse: Warehouse, tmp_path: Path) -> Drop:
    return Drop(tmp_path, warehouse)
