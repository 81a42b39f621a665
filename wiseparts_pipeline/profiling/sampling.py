"""Reads the first rows of a file, as an import would read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import Batch
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


def read_sample(path: Path, head: Head, file: Mapping[str, Any]) -> Sample:
    """The first rows of a file with these attributes of `file:`. Raises InspectionError."""
    suffix = _ARCHIVE_SUFFIXES.get(head.archive or "", "")
    opened = open_file(path, path.name if path.name.lower().endswith(suffix) else path.name + suffix, file)
    batches: list[Batch] = []
    rows = 0
    try:
        for batch in opened.batches():
            kept = _first_rows(batch, SAMPLE_ROWS - rows)
            batches.append(kept)
            rows += len(kept)
            if rows >= SAMPLE_ROWS:
                break
    except RefusedFile as refused:
        raise InspectionError(f"{path}: {refused}") from None
    return Sample(opened.columns, batches)


def _first_rows(batch: Batch, rows: int) -> Batch:
    if len(batch) <= rows:
        return batch
    last = batch.row_numbers[rows - 1]
    return Batch(
        {name: array.slice(0, rows) for name, array in batch.columns.items()},
        batch.row_numbers[:rows],
        batch.line_numbers[:rows],
        batch.has_bad_bytes,
        [row for row in batch.malformed if row.row_number < last],
    )


def _texts(array: pa.Array) -> list[str | None]:
    texts: list[str | None] = array.to_pylist()
    return texts
