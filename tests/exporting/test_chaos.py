"""Some faults of each kind: nothing is lost, nothing goes twice, and nothing half is ever seen; see chaos.py."""

import pytest

from tests.exporting import chaos
from tests.exporting.deliveries import Deliveries
from wiseparts_pipeline.warehouse import Warehouse


@pytest.mark.parametrize("server", ["openssh"])
def test_disturbed_deliveries_end_as_undisturbed_ones(warehouse: Warehouse, server: str) -> None:
    with chaos.behind_a_line(server) as (site, line):
        result = chaos.disturb(Deliveries(warehouse, site), line, orders=36, faults=9, seed=3)
    assert result.is_clean, result
    assert result.delivered == 36
    assert len(result.injected) == 9
