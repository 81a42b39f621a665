"""Reads the files in an archive, all with the same columns, as one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, refusals_naming
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows, Malformed
from wiseparts_pipeline.importing.reading.sources import Source


class MemberFiles:
    """The members of an archive one after the other; see FileRows.

    Row numbers continue from one to the next; line numbers are those in the member. All have the columns of the first,
    in any order.
    """

    def __init__(self, sources: Sequence[Source], open_source: Callable[[Source], FileRows]) -> None:
        self._sources = sources
        self._open = open_source
        self._first = self._opened(sources[0])
        self.columns = self._first.columns

    def _opened(self, source: Source) -> FileRows:
        with refusals_naming(_described(source)):
            return self._open(source)

    def batches(self) -> Iterator[Batch]:
        """See FileRows."""
        passed = 0
        for source in self._sources:
            rows = self._first if source is self._sources[0] else self._opened(source)
            self._check_columns(source, rows.columns)
            last = 0
            for batch in _batches(source, rows):
                numbers = [*batch.row_numbers[-1:], *(row.row_number for row in batch.malformed)]
                last = max(last, *map(int, numbers))
                yield replace(
                    batch,
                    columns={name: batch.columns[name] for name in self.columns},
                    row_numbers=batch.row_numbers + passed,
                    malformed=[self._as_first(row, rows.columns, passed) for row in batch.malformed],
                )
            passed += last

    def _check_columns(self, source: Source, columns: list[str]) -> None:
        differing = sorted(set(columns) ^ set(self.columns))
        if differing:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The files in the archive differ in their columns: {self._sources[0].name} and {source.name} do not"
                f" both have {', '.join(differing)}. Send files with the same columns in one archive.",
            )

    def _as_first(self, row: Malformed, columns: list[str], passed: int) -> Malformed:
        row = replace(row, row_number=row.row_number + passed)
        if columns == self.columns:
            return row
        # Its cells are reported in the order of the first member's columns.
        named = dict(zip(columns, row.cells, strict=False))
        problem = row.problem or f"The row has {len(row.cells)} cells, the file has {len(columns)} columns."
        cells = [named.get(name, "") for name in self.columns] + row.cells[len(columns) :]
        return replace(row, cells=cells, problem=problem)


def _batches(source: Source, rows: FileRows) -> Iterator[Batch]:
    with refusals_naming(_described(source)):
        yield from rows.batches()


def _described(source: Source) -> str:
    return f"{source.name} in the archive"
