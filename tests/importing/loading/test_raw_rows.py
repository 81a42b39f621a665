"""Rows as they came are found again in their file, and stored as JSON."""

import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.raw_rows import find_rows, raw_json, with_raw_cells
from wiseparts_pipeline.importing.loading.statements import DatabaseFault
from wiseparts_pipeline.importing.reading import Batch

CELL_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(CELL_TEXT, CELL_TEXT | st.none()), min_size=1), CELL_TEXT)
def test_raw_rows_are_json_as_python_writes_it(rows: list[tuple[str, str | None]], name: str) -> None:
    first, second = (pa.array(cells, pa.string()) for cells in zip(*rows, strict=True))

    written = raw_json({name: first, f"{name} 2": second}).to_pylist()

    assert written == [json.dumps({name: a, f"{name} 2": b}, ensure_ascii=False) for a, b in rows]


def batch(*row_numbers: int) -> Batch:
    """Rows with these numbers, each a line further down, with the number as their cell."""
    numbers = np.array(row_numbers, dtype=np.int64)
    return Batch({"id": pa.array(map(str, row_numbers), pa.string())}, numbers, numbers + 1, has_bad_bytes=False)


def test_rows_are_found_in_their_batches_and_the_file_is_read_no_further() -> None:
    def batches() -> Iterator[Batch]:
        yield from [batch(1, 2), batch(), batch(4, 5), batch(6)]
        raise AssertionError("read on after the last row")

    found = [
        (wanted, [each.columns["id"][int(position)].as_py() for position in positions])
        for each, wanted, positions in find_rows(batches(), iter([4, 5, 5, 6]), lambda number: number)
    ]
    assert found == [([4, 5, 5], ["4", "5", "5"]), ([6], ["6"])]
    assert list(find_rows(batches(), iter(list[int]()), lambda number: number)) == []


def test_a_fault_of_the_database_gets_the_line_and_the_cells_of_its_row() -> None:
    fault = DatabaseFault(2, "K", "id", RowCode.DUPLICATE_IN_FILE, "Twice.", "2")
    (complete,) = with_raw_cells([batch(1), batch(2, 3)], iter([fault]))
    assert (complete.row_number, complete.line_number, complete.raw) == (2, 3, {"id": "2"})
    assert (complete.key, complete.code, complete.message) == ("K", RowCode.DUPLICATE_IN_FILE, "Twice.")
