"""The rows of a joined file by their keys, on disk, so that memory does not grow with the file."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.records.duplicates import Duplicates
from wiseparts_pipeline.importing.reading.shapes.cells import composed_cells, trimmed_cells

# Separates the cells of a row in one text; what replaces it, and the replacement's own sign, in a cell.
_UNIT = "\x1f"
_REPLACEMENTS = [("\x1e", "\x1e0"), (_UNIT, "\x1e1")]
# Of one file's index in memory; the rest is read from disk.
_CACHE_KIB = 16 * 1024

_TABLE = """
    create table rows (key text primary key, cells text, line integer, other_cells text, other_line integer)
    without rowid
"""
# For a key that is there already. Rows with the same cells do no harm.
_ON_CONFLICT = {
    Duplicates.REJECT: "update set other_cells = excluded.cells, other_line = excluded.line"
    " where other_line is null and cells <> excluded.cells",
    Duplicates.FIRST: "nothing",
    Duplicates.LAST: "update set cells = excluded.cells, line = excluded.line",
}
_FIND = """
    select rows.cells, coalesce(rows.line, 0), rows.other_cells, coalesce(rows.other_line, 0)
    from json_each(?) as wanted left join rows on rows.key = wanted.value order by wanted.key
"""


@dataclass(frozen=True)
class FoundRows:
    """What an index has for keys: the packed cells, null where it has none, and the lines they are from.

    `other_cells` and `other_lines`: of a second row with the same key and other cells, else null and 0.
    """

    cells: pa.Array
    lines: np.ndarray
    other_cells: pa.Array
    other_lines: np.ndarray


class RowIndex:
    """Rows on disk by their keys: the line of each, and its cells packed into one text."""

    def __init__(self, path: Path, duplicates: Duplicates) -> None:
        # Filled in one thread and read in another, never in two at a time.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = off", "synchronous = off", f"cache_size = -{_CACHE_KIB}"):
            self._connection.execute(f"pragma {setting}")
        self._connection.execute(_TABLE)
        # Never committed: the file is deleted with its folder.
        self._connection.execute("begin")
        self._insert = f"insert into rows values (?, ?, ?, null, null) on conflict do {_ON_CONFLICT[duplicates]}"  # noqa: S608

    def close(self) -> None:
        self._connection.close()

    def add(self, keys: pa.Array, cells: pa.Array, lines: np.ndarray) -> None:
        """Adds rows; those without a key are dropped, as they cannot be found."""
        rows = zip(keys.to_pylist(), cells.to_pylist(), lines.tolist(), strict=True)
        self._connection.executemany(self._insert, (row for row in rows if row[0] is not None))

    def find(self, keys: pa.Array) -> FoundRows:
        """The rows of the keys, in the order of these."""
        rows = self._connection.execute(_FIND, [json.dumps(keys.to_pylist())]).fetchall()
        cells, lines, other_cells, other_lines = zip(*rows, strict=True) if rows else ((), (), (), ())
        return FoundRows(
            pa.array(cells, pa.string()),
            np.array(lines, np.int64),
            pa.array(other_cells, pa.string()),
            np.array(other_lines, np.int64),
        )


def pack_keys(columns: Sequence[pa.Array], null_values: Sequence[str], *, whole: bool = False) -> pa.Array:
    """The trimmed cells of each row's key as one text; null where all of them are empty, if `whole` where any is."""
    cells = [comparable(column, null_values) for column in columns]
    is_empty = [pc.equal(column, "") for column in cells]
    for other in is_empty[1:]:
        is_empty[0] = pc.or_(is_empty[0], other) if whole else pc.and_(is_empty[0], other)
    return pc.if_else(is_empty[0], None, pack(cells, len(columns[0])))


def comparable(cells: pa.Array, null_values: Sequence[str] = ()) -> pa.Array:
    """The trimmed cells as they are compared; empty text in place of null values."""
    return pc.fill_null(composed_cells(trimmed_cells(cells, null_values)), "")


def empty_nulls(cells: pa.Array, null_values: Sequence[str]) -> pa.Array:
    """The cells, with empty text in place of null values."""
    is_null = pc.is_in(pc.utf8_trim_whitespace(cells), value_set=pa.array(["", *null_values], pa.string()))
    return pc.fill_null(pc.if_else(is_null, "", cells), "")


def pack(columns: Sequence[pa.Array], rows: int) -> pa.Array:
    """The cells of each row as one text."""
    if not columns:
        return pa.array([""] * rows, pa.string())
    return pc.binary_join_element_wise(*(_replaced(column, _REPLACEMENTS) for column in columns), _UNIT)


def unpack(texts: pa.Array, positions: np.ndarray, columns: int) -> list[pa.Array]:
    """The columns of the rows at these positions; null where a text is null, and at the position after the last."""
    if not columns:
        return []
    cells = pc.split_pattern(texts, _UNIT).flatten()
    cells = _replaced(cells, [(replacement, original) for original, replacement in reversed(_REPLACEMENTS)])
    is_there = np.append(pc.is_valid(texts).to_numpy(zero_copy_only=False), False)
    starts = (np.cumsum(is_there) - 1)[positions] * columns
    return [cells.take(pa.array(starts + column, mask=~is_there[positions])) for column in range(columns)]


def _replaced(cells: pa.Array, replacements: Sequence[tuple[str, str]]) -> pa.Array:
    for text, by in replacements:
        if pc.any(pc.match_substring(cells, text)).as_py():
            cells = pc.replace_substring(cells, text, by)
    return cells
