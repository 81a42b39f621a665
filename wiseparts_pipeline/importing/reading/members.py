"""Reads the files in an archive, all with the same columns, as one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from wiseparts_pipeline.config.columns import FILE_NAME
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, refusals_naming
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows, Malformed
from wiseparts_pipeline.importing.reading.sources import Source


@dataclass(frozen=True)
class MemberWords:
    """What the members of a file are called in messages. `described`: one of them, by its name."""

    described: str
    all_of_them: str
    advice: str
    are_files: bool = False

    def about(self, source: Source) -> dict[str, str]:
        """What holds for all rows of a member; see Batch."""
        return {FILE_NAME: PurePosixPath(source.name).name} if self.are_files else {}


IN_ARCHIVE = MemberWords(
    "{} in the archive",
    "The files in the archive",
    "Send files with the same columns in one archive.",
    are_files=True,
)
SHEETS = MemberWords(
    "Sheet {!r}", "The sheets", "Give them the same columns, or name in `sheet` the ones that have them."
)


class MemberFiles:
    """The members of an archive, or the sheets of a workbook, one after the other; see FileRows.

    Row numbers continue from one to the next; line numbers are those in the member. All have the columns of the first,
    in any order.
    """

    def __init__(
        self, sources: Sequence[Source], open_source: Callable[[Source], FileRows], words: MemberWords = IN_ARCHIVE
    ) -> None:
        self._sources = sources
        self._open = open_source
        self._words = words
        self._first = self._opened(sources[0])
        self.columns = self._first.columns

    def _opened(self, source: Source) -> FileRows:
        with self._naming(source):
            return self._open(source)

    def batches(self) -> Iterator[Batch]:
        """See FileRows."""
        passed = 0
        for source in self._sources:
            rows = self._first if source is self._sources[0] else self._opened(source)
            self._check_columns(source, rows.columns)
            last = 0
            for batch in self._batches(source, rows):
                numbers = [*batch.row_numbers[-1:], *(row.row_number for row in batch.malformed)]
                last = max(last, *map(int, numbers))
                yield replace(
                    batch,
                    about={**batch.about, **self._words.about(source)},
                    columns={name: batch.columns[name] for name in self.columns},
                    row_numbers=batch.row_numbers + passed,
                    malformed=[self._as_first(row, rows.columns, passed) for row in batch.malformed],
                )
            passed += last

    def _batches(self, source: Source, rows: FileRows) -> Iterator[Batch]:
        with self._naming(source):
            yield from rows.batches()

    def _naming(self, source: Source) -> AbstractContextManager[None]:
        return refusals_naming(self._words.described.format(source.name))

    def _check_columns(self, source: Source, columns: list[str]) -> None:
        differing = sorted(set(columns) ^ set(self.columns))
        if differing:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"{self._words.all_of_them} differ in their columns: {self._sources[0].name} and {source.name} do not"
                f" both have {', '.join(differing)}. {self._words.advice}",
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
