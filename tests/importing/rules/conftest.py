"""One warehouse for the tests of a module, emptied before each of them."""

from pathlib import Path

import pytest

from tests.importing.drop import Drop
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def imports(shared_warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imports:
    """An empty drop folder and an empty warehouse."""
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    imports = Imports(Drop(tmp_path / "drop", shared_warehouse))
    imports.drop.root.mkdir()
    imports.empty()
    return imports
