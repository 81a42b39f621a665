"""Header and lines in separate files: an importer's own file with the columns of others behind its own.

The other files go into an index on disk, so that memory does not grow with them. Each row of the own file stays one row
with its number and line; a row that another file has nothing for, or too much, is told and never multiplied.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.importer import Duplicates, ImporterSettings
from wiseparts_pipeline.config.joins import JoinedFile
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode
from wiseparts_pipeline.importing.reading import Batch, Malformed, Records, Unjoined, open_records, show_bad_bytes
from wiseparts_pipeline.importing.reading.formulas import ESCAPED_COLUMN, unescape

# Between cells that are one text, and what stands for it in a cell that has it.
_UNIT = "\x1f"
_STAND_INS = [("\x1e", "\x1e0"), (_UNIT, "\x1e1")]
# Of the index of one file; what does not fit is read from the disk.
_CACHE_KIB = 16 * 1024
# Of a key in a message.
_SHOWN = 100

_TABLE = "create table rows (key text primary key, cells text, line integer, other_line integer) without rowid"
# What becomes of a key that stands there already. Rows that say the same do no harm.
_AGAIN = {
    Duplicates.REJECT: "update set other_line = excluded.line where other_line is null and cells <> excluded.cells",
    Duplicates.FIRST: "nothing",
    Duplicates.LAST: "update set cells = excluded.cells, line = excluded.line",
}
_FIND = """
    select rows.cells, coalesce(rows.line, 0), coalesce(rows.other_line, 0)
    from json_each(?) as wanted left join rows on rows.key = wanted.value order by wanted.key
"""


class JoinedFiles:
    """The other files of one import, (name on the server, path here) in the order of `join`; indexed once in `folder`.

    Raises RefusedFile, with the file's name, when one cannot be read or lacks a column that it is joined on.
    """

    def __init__(self, importer: ImporterSettings, files: Sequence[tuple[str, Path]], folder: Path) -> None:
        self._importer = importer
        self._files = files
        self._folder = folder
        self._lookups: list[_Lookup] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for lookup in self._lookups or []:
            lookup.index.close()

    def behind(self, main: Records) -> Records:
        """The records of the importer's own file with the columns of the others; as they are where there are none."""
        if self._lookups is None:
            self._lookups = self._opened(main.columns)
        return _JoinedRecords(main, self._lookups) if self._lookups else main

    def _opened(self, main_columns: Sequence[str]) -> "list[_Lookup]":
        lookups: list[_Lookup] = []
        present = list(main_columns)
        sources = self._sources()
        used = {name for names in sources.values() for name in names}
        used.update(name for join in self._importer.join for name in join.on)
        for join, (name, path) in zip(self._importer.join, self._files, strict=True):
            _check_columns(join.on, present, f"The file is joined with {name} on")
            file = join.format(self._importer.file)
            with _told_of(name):
                records = open_records(path, name, file)
            _check_columns(join.on.values(), records.columns, f"{name} is joined on")
            new = [column for column in records.columns if column not in present and not column.startswith("_")]
            read = [column for column in new if column in used]
            lookup = _Lookup(
                name=name,
                join=join,
                records=records,
                file=file,
                columns=new,
                read=read,
                required=[column for column in self._required() if set(sources[column]) & set(read)],
                null_values=self._importer.file.null_values,
                index=_Index(self._folder / f"joined-{len(lookups)}.sqlite", self._importer.duplicates),
            )
            lookups.append(lookup)
            present += new
        return lookups

    def _sources(self) -> dict[str, tuple[str, ...]]:
        """The columns of files that each canonical column is made of."""
        rules = self._importer.columns
        columns = self._importer.entity_definition.given_columns
        return {
            column.name: rules[column.name].file_columns if column.name in rules else (column.name,)
            for column in columns
        }

    def _required(self) -> list[str]:
        """The canonical columns that no row can do without, and that nothing else fills."""
        rules = self._importer.columns
        filled = self._importer.fill_down.columns if self._importer.fill_down else ()
        return [
            column.name
            for column in self._importer.entity_definition.columns
            if column.required and column.default is None and column.name not in filled
            if column.name not in rules or rules[column.name].default is None
        ]


def _check_columns(names: Collection[str], present: Sequence[str], joined: str) -> None:
    if absent := [name for name in names if name not in present]:
        raise RefusedFile(
            RefusalCode.MISSING_COLUMN,
            f"{joined} {', '.join(absent)}, which it does not have. It has: {', '.join(present)}.",
        )


@contextmanager
def _told_of(name: str) -> Iterator[None]:
    try:
        yield
    except RefusedFile as refused:
        raise RefusedFile(refused.code, f"{name}: {refused}") from None


class _JoinedRecords:
    """See Records."""

    def __init__(self, main: Records, lookups: "Sequence[_Lookup]") -> None:
        self._main = main
        self._lookups = lookups
        self._joined = [column for lookup in lookups for column in lookup.columns]
        self.columns = [*main.columns, *self._joined]

    def batches(self) -> Iterator[Batch]:
        # In the thread that reads: memory that one thread has done with is not given to the next.
        for lookup in self._lookups:
            lookup.fill()
        for batch in self._main.batches():
            for lookup in self._lookups:
                batch = lookup.behind(batch)
            yield replace(batch, joined=frozenset(self._joined))


@dataclass
class _Lookup:
    """One of the other files.

    `columns`: those that the files before it lack; `read`: the ones that are made use of. `required`: the canonical
    columns that a row lacks when it has no match here. `null_values`: of the importer's own file.
    `unreadable`: how many records are malformed.
    """

    name: str
    join: JoinedFile
    records: Records
    file: FileFormat
    columns: list[str]
    read: list[str]
    required: list[str]
    null_values: Sequence[str]
    index: "_Index"
    is_filled: bool = False
    has_bad_bytes: bool = False
    unreadable: int = 0
    first_unreadable: str = ""

    def fill(self) -> None:
        """Reads the file into the index, once. Raises RefusedFile."""
        if self.is_filled:
            return
        self.is_filled = True
        nulls = self.file.null_values
        with _told_of(self.name):
            for batch in self.records.batches():
                keys = _keys([batch.columns[name] for name in self.join.on.values()], nulls)
                cells = _packed([_without_nulls(batch.columns[name], nulls) for name in self.read], len(batch))
                self.index.add(keys, cells, batch.line_numbers)
                self.has_bad_bytes = self.has_bad_bytes or batch.has_bad_bytes
                if batch.malformed and not self.unreadable:
                    self.first_unreadable = _what_is_wrong(batch.malformed[0], len(self.records.columns))
                self.unreadable += len(batch.malformed)

    def behind(self, batch: Batch) -> Batch:
        """The batch with this file's columns behind its own; they are null in a row that has no match here."""
        keys = _keys([self._own(batch, name) for name in self.join.on], self.null_values).dictionary_encode()
        found = self.index.find(keys.dictionary)
        # The place behind the last is that of rows whose key is empty.
        places = pc.fill_null(keys.indices, len(found.cells)).to_numpy()
        return replace(
            batch,
            columns=batch.columns | dict(zip(self.read, _unpacked(found.cells, places, len(self.read)), strict=True)),
            has_bad_bytes=batch.has_bad_bytes or self.has_bad_bytes,
            unjoined=[*batch.unjoined, *self._unjoined(batch, found, places)],
        )

    @staticmethod
    def _own(batch: Batch, name: str) -> pa.Array:
        cells = batch.columns[name]
        # An error file that a spreadsheet could open without harm.
        return unescape(cells) if ESCAPED_COLUMN in batch.columns else cells

    def _unjoined(self, batch: Batch, found: "_Found", places: np.ndarray) -> Iterator[Unjoined]:
        has_key = places < len(found.cells)
        matched = np.append(pc.is_valid(found.cells).to_numpy(zero_copy_only=False), False)[places]
        ambiguous = np.append(found.other_lines > 0, False)[places]
        needs_match = has_key if self.unreadable else np.zeros(len(batch), dtype=bool)
        if self.required:
            needs_match = np.ones(len(batch), dtype=bool)
        told = {fault.position for fault in batch.unjoined}
        for position in map(int, np.flatnonzero(ambiguous | (needs_match & ~matched))):
            if position in told:
                continue
            key = [show_bad_bytes(batch.columns[name][position].as_py() or "").strip() for name in self.join.on]
            at = places[position]
            if ambiguous[position]:
                yield self._ambiguous(position, key, found.lines[at], found.other_lines[at])
            elif not has_key[position]:
                yield self._fault(position, key, RowCode.MISSING_REQUIRED, self._no_key())
            elif self.unreadable:
                yield self._fault(position, key, RowCode.COLUMN_COUNT, self._perhaps_unreadable(key))
            else:
                yield self._fault(position, key, RowCode.MISSING_REQUIRED, self._no_match(key))

    def _ambiguous(self, position: int, key: list[str], line: int, other_line: int) -> Unjoined:
        said = (
            f"{self.name} has {self._on(key)} in line {line} and, with other cells, in line {other_line}. Give it once."
        )
        return self._fault(position, key, RowCode.DUPLICATE_IN_FILE, said)

    def _no_key(self) -> str:
        return f"{', '.join(self.join.on)} is empty, by which {', '.join(self.required)} is found in {self.name}."

    def _perhaps_unreadable(self, key: list[str]) -> str:
        rows = "a row" if self.unreadable == 1 else f"{self.unreadable} rows"
        first = "" if self.unreadable == 1 else "the first of them, "
        return (
            f"No row of {self.name} has {self._on(key)}, but it has {rows} that cannot be read: {first}"
            f"{self.first_unreadable}"
        )

    def _no_match(self, key: list[str]) -> str:
        return f"No row of {self.name} has {self._on(key)}, and every row needs {', '.join(self.required)} from there."

    def _on(self, key: list[str]) -> str:
        return ", ".join(f"{name} {part[:_SHOWN]!r}" for name, part in zip(self.join.on.values(), key, strict=True))

    def _fault(self, position: int, key: list[str], code: RowCode, message: str) -> Unjoined:
        column = self.required[0] if self.required else None
        return Unjoined(position, column, code, message, ", ".join(key)[:_SHOWN] or None)


def _what_is_wrong(row: Malformed, columns: int) -> str:
    problem = row.problem or f"it has {len(row.cells)} cells, the file has {columns} columns."
    return f"line {row.line_number}: {problem}"


@dataclass(frozen=True)
class _Found:
    """What an index has for keys: the cells, null where it has none, and the lines; `other_lines`: of a second row."""

    cells: pa.Array
    lines: np.ndarray
    other_lines: np.ndarray


class _Index:
    """Rows on disk by their keys: the line of each and its cells as one text."""

    def __init__(self, path: Path, duplicates: Duplicates) -> None:
        # Filled in one thread and read in another, never in two at a time.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = off", "synchronous = off", f"cache_size = -{_CACHE_KIB}"):
            self._connection.execute(f"pragma {setting}")
        self._connection.execute(_TABLE)
        # Never committed: it goes with the folder.
        self._connection.execute("begin")
        self._insert = f"insert into rows values (?, ?, ?, null) on conflict do {_AGAIN[duplicates]}"  # noqa: S608

    def close(self) -> None:
        self._connection.close()

    def add(self, keys: pa.Array, cells: pa.Array, lines: np.ndarray) -> None:
        """Adds rows; one without a key cannot be found, and is not kept."""
        rows = zip(keys.to_pylist(), cells.to_pylist(), lines.tolist(), strict=True)
        self._connection.executemany(self._insert, (row for row in rows if row[0] is not None))

    def find(self, keys: pa.Array) -> _Found:
        """The rows of the keys, in the order of these."""
        rows = self._connection.execute(_FIND, [json.dumps(keys.to_pylist())]).fetchall()
        cells, lines, other_lines = zip(*rows, strict=True) if rows else ((), (), ())
        return _Found(pa.array(cells, pa.string()), np.array(lines, np.int64), np.array(other_lines, np.int64))


def _keys(columns: Sequence[pa.Array], null_values: Sequence[str]) -> pa.Array:
    """Trimmed cells as one text; null where all of them are empty."""
    cells = [_without_nulls(pc.utf8_trim_whitespace(column), null_values) for column in columns]
    is_empty = [pc.equal(column, "") for column in cells]
    for other in is_empty[1:]:
        is_empty[0] = pc.and_(is_empty[0], other)
    return pc.if_else(is_empty[0], None, _packed(cells, len(columns[0])))


def _without_nulls(cells: pa.Array, null_values: Sequence[str]) -> pa.Array:
    """The cells, empty where they mean nothing."""
    means_nothing = pc.is_in(pc.utf8_trim_whitespace(cells), value_set=pa.array(["", *null_values], pa.string()))
    return pc.fill_null(pc.if_else(means_nothing, "", cells), "")


def _packed(columns: Sequence[pa.Array], count: int) -> pa.Array:
    """The cells of each row as one text."""
    if not columns:
        return pa.array([""] * count, pa.string())
    escaped = [_replaced(column, _STAND_INS) for column in columns]
    return pc.binary_join_element_wise(*escaped, _UNIT)


def _unpacked(texts: pa.Array, places: np.ndarray, columns: int) -> list[pa.Array]:
    """The columns of the rows at these places; null where a text is null, and at the place behind the last."""
    if not columns:
        return []
    cells = pc.split_pattern(texts, _UNIT).flatten()
    cells = _replaced(cells, [(stand_in, original) for original, stand_in in reversed(_STAND_INS)])
    is_there = np.append(pc.is_valid(texts).to_numpy(zero_copy_only=False), False)
    starts = (np.cumsum(is_there) - 1)[places] * columns
    return [cells.take(pa.array(starts + column, mask=~is_there[places])) for column in range(columns)]


def _replaced(cells: pa.Array, replacements: Sequence[tuple[str, str]]) -> pa.Array:
    for text, by in replacements:
        if pc.any(pc.match_substring(cells, text)).as_py():
            cells = pc.replace_substring(cells, text, by)
    return cells
