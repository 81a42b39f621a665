"""A server that keeps ITscope's contract, and what is to be ordered there."""

from collections.abc import Iterator

import pytest

from tests.connections.itscope.server import Market, running
from tests.exporting.suppliers.ordering import Ordering
from wiseparts_pipeline.connections.pace import SharedPace
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def ordering(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ordering]:
    """Orders go to the test supplier only. Nobody waits for the rate, which other tests are about."""
    monkeypatch.setattr(SharedPace, "wait", lambda _: None)
    market = Market(limits=())
    with running(market) as url:
        yield Ordering(warehouse, market, url)
