"""What a reader returns for a file, in the form that the tests of the formats compare."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import open_rows


@dataclass
class ReadBack:
    """`rows` and `lines` by row number; `problems` are those of malformed records."""

    columns: list[str]
    rows: dict[int, list[str]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    problems: dict[int, str | None] = field(default_factory=dict)
    has_bad_bytes: bool = False

    @property
    def cells(self) -> list[list[str]]:
        return list(self.rows.values())

    def column(self, name: str) -> list[str]:
        return [row[self.columns.index(name)] for row in self.rows.values()]


def read_back(path: Path, name: str | None = None, **file: Any) -> ReadBack:
    """The file's records, by its own name if no other is given."""
    records = open_rows(path, name or path.name, FileFormat.model_validate(file))
    found = ReadBack(list(records.columns))
    for batch in records.batches():
        assert list(batch.columns) == found.columns
        found.has_bad_bytes |= batch.has_bad_bytes
        cells = zip(*(array.to_pylist() for array in batch.columns.values()), strict=True)
        for number, line, row in zip(batch.row_numbers, batch.line_numbers, cells, strict=True):
            assert number not in found.lines
            found.rows[int(number)] = list(row)
            found.lines[int(number)] = int(line)
        for malformed in batch.malformed:
            assert malformed.row_number not in found.lines
            found.problems[malformed.row_number] = malformed.problem
            found.lines[malformed.row_number] = malformed.line_number
    return found


def refusal(path: Path, name: str | None = None, **file: Any) -> RefusedFile:
    """How the file is refused."""
    with pytest.raises(RefusedFile) as raised:
        read_back(path, name, **file)
    return raised.value
