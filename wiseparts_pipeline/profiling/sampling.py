"""Reads the first rows of a file, as an import would read them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import Batch, FileRows
from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.layout.head import Head
from wiseparts_pipeline.profiling.opening import open_file

SAMPLE_ROWS = 10_000
_ARCHIVE_SUFFIXES = {"gzip": ".gz", "zip": ".zip"}


@dataclass(frozen=True)
class Sample:
    """The first rows of a file, at most SAMPLE_ROWS, and the names of its columns."""

    columns: Sequence[str]
    batches: Sequence[Batch]

    @cached_property
    def cells(self) -> dict[str, list[str]]:
        """The text of the cells by column; an empty text for a null."""
        named = [name for name in self.columns if not name.startswith("_")]
        return {name: [text or "" for batch in self.batches for text in _texts(batch.columns[name])] for name in named}


def read_sample(path: Path, name: str, file: Mapping[str, Any]) -> Sample:
    """The first rows of a file of this name with these attributes of `file:`. Raises InspectionError."""
    opened = open_file(path, name, file)
    try:
        return Sample(opened.columns, list(first_batches(opened, SAMPLE_ROWS)))
    except RefusedFile as refused:
        raise InspectionError(f"{path}: {refused}") from None


def without_rows(cells: Mapping[str, Sequence[str]], rows: Collection[int]) -> dict[str, list[str]]:
    """The cells of the other rows."""
    return {name: [cell for row, cell in enumerate(column) if row not in rows] for name, column in cells.items()}


def name_of(path: Path, head: Head) -> str:
    """The name of a file, with the suffix that tells imports that it is packed."""
    suffix = _ARCHIVE_SUFFIXES.get(head.archive or "", "")
    return path.name if path.name.lower().endswith(suffix) else path.name + suffix


def first_batches(rows: FileRows, most: int) -> Iterator[Batch]:
    """The first rows, at most so many. Raises RefusedFile."""
    for batch in rows.batches():
        yield _first_rows(batch, most)
        most -= len(batch)
        if most <= 0:
            return


def _first_rows(batch: Batch, rows: int) -> Batch:
    if len(batch) <= rows:
        return batch
    last = batch.row_numbers[rows - 1]
    return replace(
        batch,
        columns={name: array.slice(0, rows) for name, array in batch.columns.items()},
        row_numbers=batch.row_numbers[:rows],
        line_numbers=batch.line_numbers[:rows],
        malformed=[row for row in batch.malformed if row.row_number < last],
        unusable=[row for row in batch.unusable if row.position < rows],
    )


def _texts(array: pa.Array) -> list[str | None]:
    texts: list[str | None] = array.to_pylist()
    return texts
