"""Rows as they came are stored as JSON."""

import json

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.importing.loading.raw_rows import raw_json

CELL_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(CELL_TEXT, CELL_TEXT | st.none()), min_size=1), CELL_TEXT)
def test_raw_rows_are_json_as_python_writes_it(rows: list[tuple[str, str | None]], name: str) -> None:
    first, second = (pa.array(cells, pa.string()) for cells in zip(*rows, strict=True))

    written = raw_json({name: first, f"{name} 2": second}).to_pylist()

    assert written == [json.dumps({name: a, f"{name} 2": b}, ensure_ascii=False) for a, b in rows]
