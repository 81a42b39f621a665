"""An installation with a mail server, at which one looks at any time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.importing.drop import Drop
from tests.notify.conftest import closed_postbox, postbox, trusted
from wiseparts_pipeline.alerts.watch import Look, mail_for, watch
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.config.operations.alerts import AlertSettings
from wiseparts_pipeline.warehouse import DATABASE_URL, Warehouse

__all__ = ["closed_postbox", "postbox", "trusted"]

START = datetime.now(UTC)
TEAM = "ops@example.com"


@dataclass
class Site:
    """An importer of inventory, whose feed should bring a file every three days; looks are counted from START."""

    drop: Drop
    home: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        alerts = AlertSettings.model_validate({"to": TEAM} | self.settings)
        return Configuration({"erp": self.drop.source}, {"inventory": self.drop.importer}, alerts=alerts)

    def look(self, **after: float) -> Look:
        configuration = self.configuration
        return watch(configuration, self.home, mail_for(configuration), START + timedelta(**after))

    def told(self, **after: float) -> str | None:
        return self.look(**after).told

    def has_file(self) -> None:
        """The feed brings a file, and all is well."""
        self.drop.imported("a.csv", "sku,quantity_available\n")


@pytest.fixture
def site(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("WISEPARTS_HOME", str(home))
    monkeypatch.setenv(DATABASE_URL, warehouse.url)
    (tmp_path / "drop").mkdir()
    return Site(Drop(tmp_path / "drop", warehouse).of("inventory", stale_after="3d"), home)
