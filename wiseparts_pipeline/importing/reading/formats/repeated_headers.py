"""The header that comes again among the rows, where files were joined one behind the other."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.attributes import composed
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.formats.header import is_unnamed
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows


class WithoutRepeatedHeaders:
    """A file's rows without those that are its header once more; see FileRows.

    Raises RefusedFile when the columns come again in another order: what follows would get into the wrong ones.
    """

    def __init__(self, rows: FileRows) -> None:
        self._rows = rows
        self.columns = rows.columns
        self._header = ["" if is_unnamed(name) else name for name in rows.columns]
        # The first cells of rows that are looked at: the names, also with their accents apart.
        apart = [unicodedata.normalize("NFD", name) for name in self._header]
        self._names = pa.array([*self._header, *apart], pa.string())

    def batches(self) -> Iterator[Batch]:
        """See FileRows."""
        for batch in self._rows.batches():
            yield self._without(batch) if self._header and len(batch) else batch

    def _without(self, batch: Batch) -> Batch:
        first = pc.utf8_trim_whitespace(next(iter(batch.columns.values())))
        suspects = np.flatnonzero(pc.is_in(first, value_set=self._names).to_numpy(zero_copy_only=False))
        if not len(suspects):
            return batch
        taken = [array.take(pa.array(suspects)).to_pylist() for array in batch.columns.values()]
        kept = np.ones(len(batch), dtype=bool)
        for at, row in zip(suspects, zip(*taken, strict=True), strict=True):
            cells = [composed(cell).strip() for cell in row]
            if cells == self._header:
                kept[at] = False
            elif len(cells) > 1 and sorted(cells) == sorted(self._header):
                raise RefusedFile(
                    RefusalCode.UNREADABLE,
                    f"Line {batch.line_numbers[at]} names the columns again, in another order, so the rows below it are"
                    " those of another file. Send the files one by one.",
                )
        mask = pa.array(kept)
        return replace(
            batch,
            columns={name: array.filter(mask) for name, array in batch.columns.items()},
            row_numbers=batch.row_numbers[kept],
            line_numbers=batch.line_numbers[kept],
            repeated_headers=int((~kept).sum()),
        )
