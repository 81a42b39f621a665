"""What targets need: a database, and time that is not measured where counting lines takes most of it."""

import pytest

from tests.fuzzing import database, target
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def prepared(shared_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(database.URL, shared_warehouse.url)
    monkeypatch.setattr(target, "process_time", lambda: 0.0)
