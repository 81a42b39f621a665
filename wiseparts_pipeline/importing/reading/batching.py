"""Builds batches from rows that are read one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.bad_bytes import have_bad_bytes
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed

# Even an empty cell takes this much.
_BYTES_OF_CELL = 8


@dataclass(slots=True)
class Row:
    """The cells of a row, one per column, and the line it starts on; with a `problem` it is malformed."""

    line_number: int
    cells: Sequence[str]
    problem: str | None = None


def in_batches(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[Batch]:
    """The rows numbered from 1."""
    kept: list[Row] = []
    length = 0
    first_row = 1
    for row in rows:
        kept.append(row)
        length += sum(map(len, row.cells)) + _BYTES_OF_CELL * len(row.cells)
        if len(kept) >= sizes.BATCH_ROWS or length >= sizes.BATCH_BYTES:
            yield _batch(columns, kept, first_row)
            first_row += len(kept)
            kept, length = [], 0
    if kept:
        yield _batch(columns, kept, first_row)


def _batch(columns: Sequence[str], rows: list[Row], first_row: int) -> Batch:
    numbers = np.arange(first_row, first_row + len(rows), dtype=np.int64)
    lines = np.array([row.line_number for row in rows], dtype=np.int64)
    is_good = np.array([row.problem is None for row in rows], dtype=bool)
    good = [row.cells for row in rows if row.problem is None]
    cells: Iterable[Sequence[str]] = zip(*good, strict=True) if good else [()] * len(columns)
    arrays = {name: pa.array(values, pa.string()) for name, values in zip(columns, cells, strict=True)}
    return Batch(
        columns=arrays,
        row_numbers=numbers[is_good],
        line_numbers=lines[is_good],
        has_bad_bytes=have_bad_bytes(arrays.values()),
        malformed=[
            Malformed(int(number), row.line_number, list(row.cells), " | ".join(row.cells), row.problem)
            for number, row in zip(numbers, rows, strict=True)
            if row.problem is not None
        ],
    )
