"""One warehouse for the tests of a module, emptied before each of them."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import database
from tests.importing.drop import Drop
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture(scope="module")
def shared(postgres_url: str, prepared_url: str) -> Iterator[Warehouse]:
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        yield Warehouse(url)


@pytest.fixture
def imports(shared: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imports:
    """An empty drop folder and an empty warehouse."""
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    imports = Imports(Drop(tmp_path / "drop", shared))
    imports.drop.root.mkdir()
    imports.empty()
    return imports
