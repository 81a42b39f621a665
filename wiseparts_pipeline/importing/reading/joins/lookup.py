"""One of the other files of a join: its rows looked up by key, and the rows of the main file that find none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.joins import JoinedFile
from wiseparts_pipeline.importing.faults import RowCode, refusals_naming
from wiseparts_pipeline.importing.reading import Batch, FileRows, Malformed, Unusable, show_bad_bytes
from wiseparts_pipeline.importing.reading.formulas import ESCAPED_COLUMN, unescape
from wiseparts_pipeline.importing.reading.joins.row_index import (
    FoundRows,
    RowIndex,
    empty_nulls,
    pack,
    pack_keys,
    unpack,
)
from wiseparts_pipeline.importing.reading.spreadsheet_errors import ERRORS

# Of a key in a message.
_SHOWN = 100


@dataclass
class Contents:
    """What was found out about a file while it was indexed. `unreadable`: how many of its rows are malformed."""

    has_bad_bytes: bool = False
    unreadable: int = 0
    first_unreadable: str = ""


@dataclass
class Lookup:
    """One of the other files.

    `columns`: those that the files before it lack; `read`: the ones of them that are used. `required`: the canonical
    columns that a row lacks when it has no match here. `null_values`: of the importer's own file.
    """

    name: str
    join: JoinedFile
    rows: FileRows
    file: FileFormat
    columns: list[str]
    read: list[str]
    required: list[str]
    null_values: Sequence[str]
    index: RowIndex
    _contents: Contents | None = field(default=None, init=False)

    def contents(self) -> Contents:
        """Reads the file into the index, the first time. Raises RefusedFile."""
        if self._contents is None:
            self._contents = self._read_into_index()
        return self._contents

    def with_joined_columns(self, batch: Batch, contents: Contents) -> Batch:
        """The batch with this file's columns added; they are null in a row that has no match here."""
        keys = pack_keys(
            [self._own_cells(batch, name) for name in self.join.on], _no_keys(self.null_values)
        ).dictionary_encode()
        found = self.index.find(keys.dictionary)
        # Rows whose key is empty have the position after the last.
        positions = pc.fill_null(keys.indices, len(found.cells)).to_numpy()
        joined = unpack(found.cells, positions, len(self.read))
        return replace(
            batch,
            columns=batch.columns | dict(zip(self.read, joined, strict=True)),
            has_bad_bytes=batch.has_bad_bytes or contents.has_bad_bytes,
            unusable=[*batch.unusable, *self._unjoined(batch, found, positions, contents)],
        )

    def _read_into_index(self) -> Contents:
        contents = Contents()
        nulls = self.file.null_values
        with refusals_naming(self.name):
            for batch in self.rows.batches():
                keys = pack_keys([batch.columns[name] for name in self.join.on.values()], _no_keys(nulls))
                cells = pack([empty_nulls(batch.columns[name], nulls) for name in self.read], len(batch))
                self.index.add(keys, cells, batch.line_numbers)
                contents.has_bad_bytes = contents.has_bad_bytes or batch.has_bad_bytes
                if batch.malformed and not contents.unreadable:
                    contents.first_unreadable = _describe(batch.malformed[0], len(self.rows.columns))
                contents.unreadable += len(batch.malformed)
        return contents

    @staticmethod
    def _own_cells(batch: Batch, name: str) -> pa.Array:
        cells = batch.columns[name]
        # An error file written for people, whose formulas were made harmless.
        return unescape(cells) if ESCAPED_COLUMN in batch.columns else cells

    def _unjoined(
        self, batch: Batch, found: FoundRows, positions: np.ndarray, contents: Contents
    ) -> Iterator[Unusable]:
        has_key = positions < len(found.cells)
        matched = np.append(pc.is_valid(found.cells).to_numpy(zero_copy_only=False), False)[positions]
        ambiguous = np.append(found.other_lines > 0, False)[positions]
        needs_match = has_key if contents.unreadable else np.zeros(len(batch), dtype=bool)
        if self.required:
            needs_match = np.ones(len(batch), dtype=bool)
        reported = {fault.position for fault in batch.unusable}
        for row in map(int, np.flatnonzero(ambiguous | (needs_match & ~matched))):
            if row in reported:
                continue
            key = [show_bad_bytes(batch.columns[name][row].as_py() or "").strip() for name in self.join.on]
            if ambiguous[row]:
                at = positions[row]
                code = RowCode.DUPLICATE_IN_FILE
                message = self._several_rows(key, found.lines[at], found.other_lines[at])
            elif not has_key[row]:
                code, message = RowCode.MISSING_REQUIRED, self._no_key()
            elif contents.unreadable:
                code, message = RowCode.COLUMN_COUNT, self._perhaps_unreadable(key, contents)
            else:
                code, message = RowCode.MISSING_REQUIRED, self._no_row(key)
            column = self.required[0] if self.required else None
            yield Unusable(row, column, code, message, ", ".join(key)[:_SHOWN] or None)

    def _several_rows(self, key: list[str], line: int, other_line: int) -> str:
        return (
            f"{self.name} has {self._described(key)} in line {line} and, with other cells, in line {other_line}."
            " Give it once."
        )

    def _no_key(self) -> str:
        on, required = ", ".join(self.join.on), ", ".join(self.required)
        return f"{on} is empty, which is needed to look up {required} in {self.name}."

    def _perhaps_unreadable(self, key: list[str], contents: Contents) -> str:
        rows = "a row" if contents.unreadable == 1 else f"{contents.unreadable} rows"
        first = "" if contents.unreadable == 1 else "the first of them, "
        return (
            f"No row of {self.name} has {self._described(key)}, but it has {rows} that cannot be read: {first}"
            f"{contents.first_unreadable}"
        )

    def _no_row(self, key: list[str]) -> str:
        required = ", ".join(self.required)
        return f"No row of {self.name} has {self._described(key)}, and every row needs {required} from there."

    def _described(self, key: list[str]) -> str:
        return ", ".join(f"{name} {part[:_SHOWN]!r}" for name, part in zip(self.join.on.values(), key, strict=True))


def _no_keys(null_values: Sequence[str]) -> Sequence[str]:
    """Cells that match nothing: empty ones, and errors of spreadsheets, which are equal without meaning the same."""
    return [*null_values, *sorted(ERRORS)]


def _describe(row: Malformed, columns: int) -> str:
    problem = row.problem or f"it has {len(row.cells)} cells, the file has {columns} columns."
    return f"line {row.line_number}: {problem}"
