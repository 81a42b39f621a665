"""What files of all formats are read as: batches of rows with their numbers and lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.config.columns import SHEET_NAME
from wiseparts_pipeline.importing.faults import RowCode

# The columns that an error file has after those of the original.
ERROR_COLUMNS = ("_row", "_line", "_errors")
# In a rejected row as it came: the cells beyond the header, and the numbers of the rows that were made of it: `4-6`.
SURPLUS = "_surplus"
MADE_ROWS = "_made_rows"
# The column with the name of the sheet that a row comes from, where several sheets are read.
SHEET_COLUMN = SHEET_NAME


@dataclass(frozen=True)
class Malformed:
    """A row that cannot be read: the number of its cells differs from the header's, or what `problem` says.

    `cells`: in the order of the columns; those that belong to no column come after them.
    """

    row_number: int
    line_number: int
    cells: list[str]
    text: str
    problem: str | None = None
    code: RowCode = RowCode.COLUMN_COUNT


def count_problem(cells: int, columns: int) -> str:
    """What is wrong with a row whose cells are more or fewer than the file's columns."""
    hint = "a delimiter inside a cell that is not quoted?" if cells > columns else "a line broken in two?"
    return RowCode.COLUMN_COUNT.message(cells=cells, columns=columns, hint=hint)


@dataclass(frozen=True)
class Unusable:
    """A row that lacks cells of another file or of the row above, and is rejected. `position`: its index in the batch.

    `column`: the first canonical one that it lacks, if any; `value`: what was looked up in the other file.
    """

    position: int
    column: str | None
    code: RowCode
    message: str
    value: str | None


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook.

    `letters`: of its columns, by their names. `unread`: visible sheets with the same columns that are not read.
    `has_1904_dates`: the workbook counts days from 1 January 1904.
    """

    name: str
    letters: Mapping[str, str]
    unread: tuple[str, ...] = ()
    has_1904_dates: bool = False


@dataclass(frozen=True)
class Origin:
    """The rows of the file that the rows of a batch were made of, where several are made of one.

    `columns`: their cells; `made_rows`: of each, the numbers of the rows that were made of it, as MADE_ROWS. Of each
    made row, `positions`: the index of its row in these; `parts`: which part of it this one is, for messages.
    """

    columns: Mapping[str, pa.Array]
    made_rows: pa.Array
    positions: np.ndarray
    parts: pa.Array

    def filtered(self, kept: np.ndarray) -> "Origin":
        """That of the rows where the mask is true."""
        return replace(self, positions=self.positions[kept], parts=self.parts.filter(pa.array(kept)))


@dataclass
class Batch:
    """Rows in file order: one string array per column of the file, with the number and line of each row.

    Numbers and lines count from 1. `joined`: the columns that come from other files. `filled`: those whose empty cells
    have the value of a row above. `about`: what holds for all of its rows, such as a line above the header, by the
    name of the column that it is to be. `sheet`: that the rows are from. `left_out`: how many rows do not count,
    `repeated_headers`: how many more, as they are the header once more, and `without_rows`: how many of the file no row
    is made of. `not_found`: how many values that were looked up are nowhere. `origin`: what the rows were made of,
    unless each is one of the file.
    """

    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    line_numbers: np.ndarray
    has_bad_bytes: bool
    malformed: list[Malformed] = field(default_factory=list)
    joined: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    unusable: list[Unusable] = field(default_factory=list)
    sheet: Sheet | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0
    repeated_headers: int = 0
    without_rows: int = 0
    not_found: int = 0
    origin: Origin | None = None

    def __len__(self) -> int:
        return len(self.row_numbers)

    def filtered(self, kept: np.ndarray) -> "Batch":
        """The rows where the mask is true; what is counted besides rows stays."""
        mask = pa.array(kept)
        positions = np.cumsum(kept) - 1
        unusable = [row for row in self.unusable if kept[row.position]]
        return replace(
            self,
            columns={name: cells.filter(mask) for name, cells in self.columns.items()},
            row_numbers=self.row_numbers[kept],
            line_numbers=self.line_numbers[kept],
            unusable=[replace(row, position=int(positions[row.position])) for row in unusable],
            origin=self.origin.filtered(kept) if self.origin else None,
        )

    def only(self, positions: np.ndarray) -> "Batch":
        """The rows at these positions, by themselves: nothing else is counted."""
        kept = np.zeros(len(self), dtype=bool)
        kept[positions] = True
        rows = self.filtered(kept)
        return replace(rows, malformed=[], left_out=0, repeated_headers=0, without_rows=0, not_found=0)

    @property
    def sent_columns(self) -> list[str]:
        """The names of the file's own columns, as malformed rows and its error file have them."""
        return [name for name in (self.origin.columns if self.origin else self.columns) if name not in self.joined]

    def as_sent(self, positions: np.ndarray) -> dict[str, pa.Array]:
        """The cells of the file's own rows that the rows at these positions are, or were made of, as they came."""
        if self.origin is None:
            taken = pa.array(positions)
            return {name: self.columns[name].take(taken) for name in self.sent_columns}
        taken = pa.array(self.origin.positions[positions])
        cells = {name: array.take(taken) for name, array in self.origin.columns.items()}
        if ERROR_COLUMNS[0] in cells:
            cells[ERROR_COLUMNS[0]] = self.columns[ERROR_COLUMNS[0]].take(pa.array(positions))
        return cells | {MADE_ROWS: self.origin.made_rows.take(taken)}

    def part(self, position: int) -> str:
        """Which part of a row of the file the row is, to be put before a message; empty where it is all of it."""
        return f"{self.origin.parts[position].as_py()}: " if self.origin else ""


def can_be_joined(batch: Batch) -> bool:
    """Whether nothing holds for the batch that may not hold for the others of its file."""
    return batch.sheet is None and batch.origin is None and not batch.has_bad_bytes


def joined(batches: Sequence[Batch]) -> Batch:
    """The rows of several batches of a file in one, with what is counted besides rows."""
    if len(batches) == 1:
        return batches[0]
    starts = np.cumsum([0, *(len(batch) for batch in batches)])
    return replace(
        batches[0],
        columns={name: pa.concat_arrays([batch.columns[name] for batch in batches]) for name in batches[0].columns},
        row_numbers=np.concatenate([batch.row_numbers for batch in batches]),
        line_numbers=np.concatenate([batch.line_numbers for batch in batches]),
        malformed=[row for batch in batches for row in batch.malformed],
        unusable=[
            replace(row, position=row.position + int(start))
            for start, batch in zip(starts, batches, strict=False)
            for row in batch.unusable
        ],
        left_out=sum(batch.left_out for batch in batches),
        repeated_headers=sum(batch.repeated_headers for batch in batches),
        without_rows=sum(batch.without_rows for batch in batches),
        not_found=sum(batch.not_found for batch in batches),
    )


class FileRows(Protocol):
    """A file, which is open only while it is read. `columns` are its column names, from the file or the settings."""

    columns: list[str]

    def batches(self) -> Iterator[Batch]:
        """The rows, any number of times. Raises RefusedFile when the file cannot be read on as the settings say."""
