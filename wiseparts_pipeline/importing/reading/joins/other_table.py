"""Another table that rows are joined with: its rows found by key, and the rows of the main file that find none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.formulas import ESCAPED_COLUMN, unescape
from wiseparts_pipeline.importing.faults import RowCode, refusals_naming
from wiseparts_pipeline.importing.reading import Batch, FileRows, Malformed, Unusable, show_bad_bytes
from wiseparts_pipeline.importing.reading.joins.row_index import (
    FoundRows,
    RowIndex,
    empty_nulls,
    pack,
    pack_keys,
    unpack,
)
from wiseparts_pipeline.importing.reading.spreadsheet_errors import ERRORS

# Of a text in a message.
SHOWN = 100


@dataclass
class Contents:
    """What was found out about a table while it was indexed. `unreadable`: how many of its rows are malformed."""

    has_bad_bytes: bool = False
    unreadable: int = 0
    first_unreadable: str = ""


@dataclass
class OtherTable:
    """A companion of the importer's file.

    `on`: columns of the importer's file, and its own that have the same. `columns`: those that it adds; `taken`: the
    ones of them that are used, and its own columns that they are from. `required`: the canonical columns that a row
    lacks when it has no match here. `own_nulls`: the null values of this table; `null_values`: of the importer's own
    file.
    """

    name: str
    on: Mapping[str, str]
    rows: FileRows
    columns: list[str]
    taken: Mapping[str, str]
    required: list[str]
    own_nulls: Sequence[str]
    null_values: Sequence[str]
    index: RowIndex
    _contents: Contents | None = field(default=None, init=False)

    # Whether a key counts only if none of its parts is empty, and whether rows that find nothing are counted.
    needs_whole_key = False
    counts_misses = False
    rejects_misses = False
    several = RowCode.DUPLICATE_IN_FILE

    def contents(self) -> Contents:
        """Reads the table into the index, the first time. Raises RefusedFile."""
        if self._contents is None:
            self._contents = self._read_into_index()
        return self._contents

    def with_joined_columns(self, batch: Batch, contents: Contents) -> Batch:
        """The batch with this table's columns added; they are null in a row that has no match here."""
        keys = self._keys([own_cells(batch, name) for name in self.on], self.null_values).dictionary_encode()
        found = self.index.find(keys.dictionary)
        # Rows whose key is empty have the position after the last.
        positions = pc.fill_null(keys.indices, len(found.cells)).to_numpy()
        joined = unpack(found.cells, positions, len(self.taken))
        has_key = positions < len(found.cells)
        matched = np.append(pc.is_valid(found.cells).to_numpy(zero_copy_only=False), False)[positions]
        misses = int((has_key & ~matched).sum()) if self.counts_misses and not self.rejects_misses else 0
        return replace(
            batch,
            columns=batch.columns | dict(zip(self.taken, joined, strict=True)),
            has_bad_bytes=batch.has_bad_bytes or contents.has_bad_bytes,
            unusable=[*batch.unusable, *self._unjoined(batch, found, positions, contents)],
            not_found=batch.not_found + misses,
        )

    def _keys(self, cells: Sequence[pa.Array], null_values: Sequence[str]) -> pa.Array:
        """The keys of rows; cells that match nothing are empty ones, and errors of spreadsheets, which are equal
        without meaning the same."""
        return pack_keys(cells, [*null_values, *sorted(ERRORS)], whole=self.needs_whole_key)

    def _read_into_index(self) -> Contents:
        contents = Contents()
        with refusals_naming(self.name):
            for batch in self.rows.batches():
                keys = self._keys([batch.columns[name] for name in self.on.values()], self.own_nulls)
                taken = [empty_nulls(batch.columns[name], self.own_nulls) for name in self.taken.values()]
                self.index.add(keys, pack(taken, len(batch)), batch.line_numbers)
                contents.has_bad_bytes = contents.has_bad_bytes or batch.has_bad_bytes
                if batch.malformed and not contents.unreadable:
                    contents.first_unreadable = _describe(batch.malformed[0], len(self.rows.columns))
                contents.unreadable += len(batch.malformed)
        return contents

    def _unjoined(
        self, batch: Batch, found: FoundRows, positions: np.ndarray, contents: Contents
    ) -> Iterator[Unusable]:
        has_key = positions < len(found.cells)
        matched = np.append(pc.is_valid(found.cells).to_numpy(zero_copy_only=False), False)[positions]
        ambiguous = np.append(found.other_lines > 0, False)[positions]
        needs_match = has_key if contents.unreadable or self.rejects_misses else np.zeros(len(batch), dtype=bool)
        if self.required:
            needs_match = np.ones(len(batch), dtype=bool)
        reported = {fault.position for fault in batch.unusable}
        for row in map(int, np.flatnonzero(ambiguous | (needs_match & ~matched))):
            if row in reported:
                continue
            key = [show_bad_bytes(batch.columns[name][row].as_py() or "").strip() for name in self.on]
            if ambiguous[row]:
                code, message = self.several, self._several_rows(key, found, positions[row])
            elif not has_key[row]:
                code, message = RowCode.MISSING_REQUIRED, self._no_key()
            elif contents.unreadable:
                code, message = RowCode.COLUMN_COUNT, self._perhaps_unreadable(key, contents)
            else:
                code = RowCode.MISSING_REQUIRED if self.required else RowCode.NOT_FOUND
                message = self._no_row(key)
            column = self.required[0] if self.required else None
            yield Unusable(row, column, code, message, ", ".join(key)[:SHOWN] or None)

    def _several_rows(self, key: list[str], found: FoundRows, at: int) -> str:
        return (
            f"{self.name} has {self._described(key)} in line {found.lines[at]} and, with other cells, in line"
            f" {found.other_lines[at]}. Give it once."
        )

    def _no_key(self) -> str:
        on, required = ", ".join(self.on), ", ".join(self.required)
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
        return ", ".join(f"{name} {part[:SHOWN]!r}" for name, part in zip(self.on.values(), key, strict=True))


def own_cells(batch: Batch, name: str) -> pa.Array:
    """The cells of a column of the importer's own file, as they are compared with those of another table."""
    cells = batch.columns[name]
    # An error file written for people, whose formulas were made harmless.
    return unescape(cells) if ESCAPED_COLUMN in batch.columns else cells


def _describe(row: Malformed, columns: int) -> str:
    problem = row.problem or f"it has {len(row.cells)} cells, the file has {columns} columns."
    return f"line {row.line_number}: {problem}"
