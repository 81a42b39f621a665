"""What files of all formats are read as: batches of rows with their numbers and lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.importing.faults import RowCode

# The columns that an error file has after those of the original.
ERROR_COLUMNS = ("_row", "_line", "_errors")
# The column with the name of the sheet that a row comes from, where several sheets are read.
SHEET_COLUMN = "_sheet"


@dataclass(frozen=True)
class Malformed:
    """A row that cannot be read: the number of its cells differs from the header's, or what `problem` says."""

    row_number: int
    line_number: int
    cells: list[str]
    text: str
    problem: str | None = None


@dataclass(frozen=True)
class Unjoined:
    """A row that is rejected as another file has no row for it, or several. `position`: its index in the batch.

    `column`: the first canonical one that it lacks, if any; `value`: what was looked up in the other file.
    """

    position: int
    column: str | None
    code: RowCode
    message: str
    value: str | None


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook. `letters`: of its columns, by their names."""

    name: str
    letters: Mapping[str, str]


@dataclass
class Batch:
    """Rows in file order: one string array per column of the file, with the number and line of each row.

    Numbers and lines count from 1. `joined`: the columns that come from other files. `sheet`: that the rows are from.
    """

    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    line_numbers: np.ndarray
    has_bad_bytes: bool
    malformed: list[Malformed] = field(default_factory=list)
    joined: frozenset[str] = frozenset()
    unjoined: list[Unjoined] = field(default_factory=list)
    sheet: Sheet | None = None

    def __len__(self) -> int:
        return len(self.row_numbers)


class FileRows(Protocol):
    """A file, which is open only while it is read. `columns` are its column names, from the file or the settings."""

    columns: list[str]

    def batches(self) -> Iterator[Batch]:
        """The rows, any number of times. Raises RefusedFile when the file cannot be read on as the settings say."""
