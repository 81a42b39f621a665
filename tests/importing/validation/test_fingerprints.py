"""Rows have the same fingerprint only if the same becomes of them."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.reading import Batch
from wiseparts_pipeline.importing.reading.rows import Sheet
from wiseparts_pipeline.importing.validation.fingerprints import Fingerprints

COLUMNS = ["invoice_id", "line_no", "quantity"]
CELLS = st.text(max_size=4)
ROW = st.tuples(CELLS, CELLS, CELLS)


def fingerprints(*rows: tuple[str, ...], sheet: Sheet | None = None, **attributes: Any) -> np.ndarray | None:
    settings = ImporterSettings.model_validate({"entity": "sales", "source": "erp", "pattern": "*"} | attributes)
    columns = {name: pa.array(cells, pa.string()) for name, cells in zip(COLUMNS, zip(*rows, strict=True), strict=True)}
    numbers = np.arange(1, len(rows) + 1)
    return Fingerprints(settings, COLUMNS, COLUMNS).of(Batch(columns, numbers, numbers, False, sheet=sheet))


@given(one=ROW, other=ROW)
def test_cells_are_kept_apart(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assume(one != other)
    found = fingerprints(one, other)
    assert found is None or found[0].tolist() != found[1].tolist()


@pytest.mark.parametrize("attributes", [{"timezone": "Europe/Athens"}, {"file": {"decimal": ","}}, {"name": "other"}])
def test_those_of_other_settings_are_others(attributes: dict[str, Any]) -> None:
    row = ("I1", "1", "2")
    found, others = fingerprints(row), fingerprints(row, **attributes)
    assert found is not None
    assert others is not None
    assert found.tolist() != others.tolist()


def test_a_workbook_that_counts_days_from_1904_has_none() -> None:
    row = ("I1", "1", "2")
    assert fingerprints(row, sheet=Sheet("Sales", {})) is not None
    assert fingerprints(row, sheet=Sheet("Sales", {}, has_1904_dates=True)) is None
