"""Imports into a database of the test's own, and its state folder."""

from pathlib import Path

import pytest

from tests.importing.drop import Drop
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("WISEPARTS_HOME", str(folder))
    return folder


@pytest.fixture
def imports(warehouse: Warehouse, tmp_path: Path, home: Path) -> Imports:
    root = tmp_path / "drop"
    root.mkdir()
    return Imports(Drop(root, warehouse))
