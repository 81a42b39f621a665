"""What files of all formats are read as: batches of rows with their numbers and lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.config.columns import SHEET_NAME
from wiseparts_pipeline.importing.faults import RowCode

# The columns that an error file has after those of the original.
ERROR_COLUMNS = ("_row", "_line", "_errors")
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


@dataclass
class Batch:
    """Rows in file order: one string array per column of the file, with the number and line of each row.

    Numbers and lines count from 1. `joined`: the columns that come from other files. `filled`: those whose empty cells
    have the value of a row above. `about`: what holds for all of its rows, such as a line above the header, by the
    name of the column that it is to be. `sheet`: that the rows are from. `left_out`: how many rows do not count, and
    `repeated_headers`: how many more, as they are the header once more.
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

    def __len__(self) -> int:
        return len(self.row_numbers)


class FileRows(Protocol):
    """A file, which is open only while it is read. `columns` are its column names, from the file or the settings."""

    columns: list[str]

    def batches(self) -> Iterator[Batch]:
        """The rows, any number of times. Raises RefusedFile when the file cannot be read on as the settings say."""
