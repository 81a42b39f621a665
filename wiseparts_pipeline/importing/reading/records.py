"""What a file is read as, whatever its format: batches of records with their numbers and lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.importing.faults import RowCode

# What an error file has behind the columns.
ERROR_COLUMNS = ("_row", "_line", "_errors")


@dataclass(frozen=True)
class Malformed:
    """A record that is none of the file: it has not as many cells as the header, or what `problem` says."""

    row_number: int
    line_number: int
    cells: list[str]
    text: str
    problem: str | None = None


@dataclass(frozen=True)
class Unjoined:
    """A record that cannot be taken, as another file has nothing for it or too much. `position`: where in the batch.

    `column` is the canonical one that cannot be told, if it is one; `value` what was looked up in the other file.
    """

    position: int
    column: str | None
    code: RowCode
    message: str
    value: str | None


@dataclass
class Batch:
    """Records in file order: one string array a column of the file, with the number and line of each.

    `joined`: the columns that come from other files.
    """

    columns: dict[str, pa.Array]
    row_numbers: np.ndarray
    line_numbers: np.ndarray
    has_bad_bytes: bool
    malformed: list[Malformed] = field(default_factory=list)
    joined: frozenset[str] = frozenset()
    unjoined: list[Unjoined] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.row_numbers)


class Records(Protocol):
    """An opened file. `columns` are its column names, from the file or the settings."""

    columns: list[str]

    def batches(self) -> Iterator[Batch]:
        """The records, once. Raises RefusedFile when the file cannot be read on as the settings say."""
