"""Some faults of each kind: nothing is lost, nothing goes twice, and nothing half is ever seen; see chaos.py."""

import random
from pathlib import Path

import pytest

from tests.exporting import chaos
from tests.exporting.deliveries import Deliveries
from tests.exporting.faults import Scene
from tests.exporting.servers import behind_a_line
from wiseparts_pipeline.warehouse import Warehouse


def test_disturbed_deliveries_end_as_undisturbed_ones(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_HOME", str(tmp_path / "home"))
    (tmp_path / "drop").mkdir()
    with behind_a_line("openssh") as server:
        deliveries = Deliveries(warehouse, server.site)
        scene = Scene(deliveries, chaos.importing(deliveries, tmp_path / "drop"), server, random.Random(3))
        result = chaos.disturb(scene, orders=36, faults=12)
    assert result.is_clean, result
    assert result.delivered == 36
    assert len(result.injected) == 12
