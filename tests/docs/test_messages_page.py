"""docs/messages.md shows what importing its files really says."""

from pathlib import Path

import pytest

from tests.docs.messages import PAGE, messages_page
from wiseparts_pipeline.warehouse import Warehouse


def test_the_page_has_the_messages_of_today(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    files = tmp_path / "files"
    files.mkdir()

    assert PAGE.read_text(encoding="utf-8") == messages_page(warehouse, files), "run python -m tests.docs.messages"
