"""A folder that files are dropped in, and a warehouse that they are imported into."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.importing.drop import Drop
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def drop(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    root = tmp_path / "drop"
    root.mkdir()
    return Drop(root, warehouse)


@pytest.fixture(autouse=True)
def usual_limit_of_cells() -> Iterator[None]:
    """Some tests read with small blocks, and the length of cells is limited for the whole process."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)
