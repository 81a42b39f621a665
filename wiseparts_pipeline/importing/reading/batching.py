"""Builds batches from records that are read one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.rows import Batch, Malformed

# Even an empty cell takes this much.
_BYTES_OF_CELL = 8


@dataclass(slots=True)
class Record:
    """The cells of a record, one per column, and the line it starts on; with a `problem` it is malformed."""

    line_number: int
    cells: Sequence[str]
    problem: str | None = None


def in_batches(columns: Sequence[str], records: Iterable[Record]) -> Iterator[Batch]:
    """The records numbered from 1."""
    kept: list[Record] = []
    length = 0
    first_row = 1
    for record in records:
        kept.append(record)
        length += sum(map(len, record.cells)) + _BYTES_OF_CELL * len(record.cells)
        if len(kept) >= sizes.BATCH_ROWS or length >= sizes.BATCH_BYTES:
            yield _batch(columns, kept, first_row)
            first_row += len(kept)
            kept, length = [], 0
    if kept:
        yield _batch(columns, kept, first_row)


def _batch(columns: Sequence[str], records: list[Record], first_row: int) -> Batch:
    rows = np.arange(first_row, first_row + len(records), dtype=np.int64)
    lines = np.array([record.line_number for record in records], dtype=np.int64)
    is_good = np.array([record.problem is None for record in records], dtype=bool)
    good = [record.cells for record in records if record.problem is None]
    cells: Iterable[Sequence[str]] = zip(*good, strict=True) if good else [()] * len(columns)
    return Batch(
        columns={name: pa.array(values, pa.string()) for name, values in zip(columns, cells, strict=True)},
        row_numbers=rows[is_good],
        line_numbers=lines[is_good],
        has_bad_bytes=False,
        malformed=[
            Malformed(int(row), record.line_number, list(record.cells), " | ".join(record.cells), record.problem)
            for row, record in zip(rows, records, strict=True)
            if record.problem is not None
        ],
    )
