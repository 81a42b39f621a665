"""The cells of deferred rows as they came, for whoever looks for a row that waits."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.importing.loading.copying import encode
from wiseparts_pipeline.importing.loading.raw_rows import raw_json
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.reading import Batch
from wiseparts_pipeline.importing.reading.prefetch import prefetched


def note_deferred_rows(rows: Rows, count: int, batches: Iterator[Batch]) -> None:
    """Stores the deferred rows of a file as they came, in `ops.deferred_rows`.

    `count`: how many there are. `batches`: those of the file, read a second time.
    """
    with rows.connection.cursor(binary=True) as cursor:
        found = cursor.execute(
            rows.format(
                "select string_agg(int8send(row_number), ''::bytea order by row_number) from {waiting}"
                " where file_id = {file_id}",
                file_id=sql.Literal(rows.rules.file_id),
            )
        ).fetchone()
    numbers = np.frombuffer(found[0] if found else b"", dtype=">i8")
    with rows.connection.cursor() as cursor:
        with (
            prefetched(_encoded(batches, numbers, rows.rules.file_id)) as pieces,
            cursor.copy("copy ops.deferred_rows (file_id, row_number, line_number, raw) from stdin") as copy,
        ):
            for piece in pieces:
                copy.write(memoryview(piece))
        if cursor.rowcount != count:
            raise AssertionError(f"{count} rows are deferred, and {cursor.rowcount} of them were found again")


def _encoded(batches: Iterator[Batch], numbers: np.ndarray, file_id: int) -> Iterator[pa.Buffer]:
    """The rows with these ascending numbers as they came, encoded for COPY."""
    done = 0
    for batch in batches:
        if done == len(numbers):
            return
        end = int(np.searchsorted(numbers, batch.row_numbers[-1], side="right")) if len(batch) else done
        if end == done:
            continue
        at = np.searchsorted(batch.row_numbers, numbers[done:end])
        done = end
        lines = pa.table(
            {
                "file_id": pa.repeat(file_id, len(at)),
                "row_number": batch.row_numbers[at],
                "line_number": batch.line_numbers[at],
                "raw": raw_json(batch.as_sent(at)),
            }
        )
        yield encode(lines)
