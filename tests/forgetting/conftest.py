"""A drop with importers, in which persons can be forgotten."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.importing.drop import Drop
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.forgetting.forget import Forgotten, forget
from wiseparts_pipeline.importing.results import FileResult
from wiseparts_pipeline.warehouse import Warehouse


@dataclass
class People:
    """Imports files, as `Imports` does, and forgets people who are in them."""

    imports: Imports
    home: Path
    importers: dict[str, ImporterSettings] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)

    def __call__(self, entity: str, day: int, *lines: str, **options: Any) -> FileResult:
        done = self.imports(entity, day, *lines, **options)
        importer = {name: value for name, value in options.items() if name not in ("name", "force", "dry_run")}
        self.importer(entity, **importer)
        return done

    def importer(self, entity: str, **attributes: Any) -> None:
        self.importers[entity] = self.imports.drop.of(entity, pattern="{date}*", **attributes).importer.model_copy(
            update={"name": entity}
        )

    def forget(self, key: str = "C1", entity: str = "customers", **options: Any) -> Forgotten:
        drop = self.imports.drop
        configuration = Configuration({"erp": drop.source}, self.importers)
        report = options.pop("report", self.reported.append)
        return forget(drop.warehouse, configuration, self.home, entity, key, report, **options)

    def stored(self, entity: str, *columns: str) -> list[tuple[Any, ...]]:
        return self.imports.stored(entity, *columns)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.imports.drop.rows(query)

    def files(self) -> list[str]:
        root = self.imports.drop.root
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.fixture
def people(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    for folder in ("home", "drop"):
        (tmp_path / folder).mkdir()
    return People(Imports(Drop(tmp_path / "drop", warehouse)), tmp_path / "home")
