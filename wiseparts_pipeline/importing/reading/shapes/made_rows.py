"""Several rows made of one row of a file: their numbers and lines, and what they keep of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.rows import ERROR_COLUMNS, Batch, Origin, Unusable
from wiseparts_pipeline.importing.reading.shapes.cells import repeated


@dataclass(frozen=True)
class MadeCells:
    """The rows that are made of a batch, in its order.

    Of each, `positions`: the index of its row in the batch; `places`: which of the rows of that it is, from 0;
    `columns`: its own cells; `parts`: see Origin. Of each row of the batch, `widths`: how many numbers its rows take.
    """

    positions: np.ndarray
    places: np.ndarray
    columns: Mapping[str, pa.Array]
    parts: pa.Array
    widths: np.ndarray
    unusable: list[Unusable] = field(default_factory=list)


class MadeRows:
    """Turns the batches of one file into those of the rows that are made of its rows.

    The rows made of one row follow each other and have its line. Numbers count what may be made, so that a row that
    comes back in an error file is known by the number of the first: its rows have those after it.
    """

    def __init__(self, kept: list[str]) -> None:
        self._kept = kept
        self._passed = 0

    def batches(self, batch: Batch, made: MadeCells) -> Iterator[Batch]:
        """Batches of a bounded size; `made` has the columns that the file's own, `kept`, are followed by."""
        firsts, firsts_malformed = self._first_numbers(batch, made.widths)
        malformed = [
            replace(row, row_number=int(number)) for row, number in zip(batch.malformed, firsts_malformed, strict=True)
        ]
        has_rows = np.zeros(len(batch), dtype=bool)
        has_rows[made.positions] = True
        first = replace(batch, malformed=malformed, without_rows=batch.without_rows + int((~has_rows).sum()))
        others = replace(batch, malformed=[], left_out=0, repeated_headers=0, without_rows=0)
        lasts = firsts + made.widths - 1
        numbers = pc.binary_join_element_wise(
            pa.array(firsts).cast(pa.string()), pa.array(lasts).cast(pa.string()), "-"
        )
        for start in range(0, max(1, len(made.positions)), sizes.BATCH_ROWS):
            part = slice(start, start + sizes.BATCH_ROWS)
            yield self._batch(first if start == 0 else others, made, part, firsts, numbers)

    def _first_numbers(self, batch: Batch, widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each row that can be read, and for each that cannot, the number of the first row made of it."""
        malformed = np.array([row.row_number for row in batch.malformed], dtype=np.int64)
        taken = np.concatenate([widths, np.ones(len(malformed), dtype=np.int64)])
        order = np.argsort(np.concatenate([batch.row_numbers, malformed]), kind="stable")
        firsts = np.empty(len(taken), dtype=np.int64)
        firsts[order] = self._passed + 1 + np.cumsum(taken[order]) - taken[order]
        self._passed += int(taken.sum())
        return firsts[: len(widths)], firsts[len(widths) :]

    def _batch(self, batch: Batch, made: MadeCells, part: slice, firsts: np.ndarray, numbers: pa.Array) -> Batch:
        positions, places = made.positions[part], made.places[part]
        columns = {name: repeated(batch.columns[name], positions) for name in self._kept}
        if ERROR_COLUMNS[0] in columns:
            columns[ERROR_COLUMNS[0]] = _following(columns[ERROR_COLUMNS[0]], places)
        columns |= {name: cells[part] for name, cells in made.columns.items()}
        return replace(
            batch,
            columns=columns,
            row_numbers=firsts[positions] + places,
            line_numbers=batch.line_numbers[positions],
            unusable=[
                *_of_made(batch.unusable, positions),
                *(
                    replace(each, position=each.position - part.start)
                    for each in made.unusable
                    if part.start <= each.position < part.stop
                ),
            ],
            origin=Origin(batch.columns, numbers, positions, made.parts[part]),
        )


def _of_made(unusable: list[Unusable], positions: np.ndarray) -> Iterator[Unusable]:
    """What is wrong with a row is wrong with all that are made of it. `positions`: in ascending order."""
    for each in unusable:
        start, stop = np.searchsorted(positions, [each.position, each.position + 1])
        yield from (replace(each, position=position) for position in range(int(start), int(stop)))


def _following(numbers: pa.Array, places: np.ndarray) -> pa.Array:
    """The numbers that the rows of an error file had, from those of the first of each; other texts stay."""
    is_number = pc.match_substring_regex(numbers, r"^\s*\d{1,17}\s*$")
    first = pc.if_else(is_number, pc.utf8_trim_whitespace(numbers), None).cast(pa.int64())
    return pc.if_else(is_number, pc.add(first, pa.array(places, pa.int64())).cast(pa.string()), numbers)
