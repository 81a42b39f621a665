"""Rejected rows on their way into `ops.rejected_rows`, and out of it into an error file for the sender."""

import codecs
import csv
import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.compute as pc
from psycopg.rows import dict_row

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.ledger import Connection
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, encode_bad_bytes
from wiseparts_pipeline.importing.reading.formulas import ESCAPED_COLUMN, escape, unescape_cell
from wiseparts_pipeline.importing.validation.validator import Fault

_COLUMNS = "file_id, row_number, line_number, entity, key, column_name, code, message, value, raw"


class RejectSpool:
    """Faults kept in a local file until the connection is free to COPY them."""

    def __init__(self, path: Path, entity: str, file_id: int) -> None:
        self._path = path
        self._entity = entity
        self._file_id = file_id
        self._file: TextIO = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_MINIMAL)
        self._last_row = 0
        self._written = 0
        self.rows = 0

    def add(self, faults: Iterable[Fault]) -> None:
        """Keeps faults; those of one row stand together."""
        for fault in faults:
            self.rows += fault.row_number != self._last_row
            self._last_row = fault.row_number
            self._writer.writerow(
                [
                    self._file_id,
                    fault.row_number,
                    fault.line_number,
                    self._entity,
                    fault.key,
                    fault.column,
                    fault.code.value,
                    fault.message,
                    fault.value,
                    json.dumps(fault.raw, ensure_ascii=False),
                ]
            )

    def write(self, connection: Connection) -> None:
        """Copies the faults kept since the last time into `ops.rejected_rows`, in the caller's transaction."""
        self._file.flush()
        if self._path.stat().st_size == self._written:
            return
        with (
            self._path.open("rb") as file,
            connection.cursor() as cursor,
            cursor.copy(f"copy ops.rejected_rows ({_COLUMNS}) from stdin (format csv)") as copy,
        ):
            file.seek(self._written)
            while data := file.read(1 << 20):
                copy.write(data)
            self._written = file.tell()

    def rewind(self) -> None:
        """Makes `write` begin anew, as what it wrote was rolled back."""
        self._written = 0


def raw_json(columns: Mapping[str, pa.Array]) -> pa.Array:
    """The cells of each row, texts by the name of their column, as the text of a JSON object."""
    pieces: list[pa.Array | str] = []
    for position, (name, cells) in enumerate(columns.items()):
        pieces += ["{" if position == 0 else ", ", f"{json.dumps(name, ensure_ascii=False)}: ", _json_strings(cells)]
    return pc.binary_join_element_wise(*pieces, "}", "")


def _json_strings(cells: pa.Array) -> pa.Array:
    if cells.null_count or pc.any(pc.match_substring_regex(cells, r'[\\"\x00-\x1f]')).as_py():
        return pa.array([json.dumps(cell, ensure_ascii=False) for cell in cells.to_pylist()], pa.string())
    return pc.binary_join_element_wise('"', cells, '"', "")


def first_rejected(connection: Connection, file_id: int, limit: int) -> list[dict[str, Any]]:
    """The first entries of a file that are rejected or waiting, in file order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            """
            select row_number, line_number, key, column_name, code, message, value
            from ops.rejected_rows where file_id = %s and status <> 'resolved'
            order by row_number, rejected_row_id limit %s
            """,
            [file_id, limit],
        )
        return cursor.fetchall()


def write_error_file(
    connection: Connection,
    file_id: int,
    target: Path,
    file: FileFormat,
    columns: Sequence[str] | None = None,
    *,
    for_people: bool = False,
    max_bytes: int | None = None,
) -> int:
    """Writes a file's rejected rows as they came, with `_row`, `_line` and `_errors`; returns how many rows.

    Rows that wait are not in it: they load by themselves. The dialect is the original's, so that corrected rows can be
    sent again as they are. Without `columns` those of the longest record are taken. `for_people`: what a spreadsheet
    would run as a formula is made harmless, and a column `_escaped` says so to an import. `max_bytes`: ends before the
    row that would make it longer.
    """
    dialect = _ErrorDialect(file.error_format)
    ours = (*ERROR_COLUMNS, ESCAPED_COLUMN)
    # An error file may be one of an error file.
    names = [name for name in columns or _columns(connection, file_id) if name not in ours]
    prepared: Callable[[str], str] = escape if for_people else str
    count = size = 0
    with target.open("wb") as output, closing(_rows(connection, file_id)) as rows:
        size += output.write(dialect.encode(dialect.row_end * dialect.file.skip_lines))
        if dialect.file.header:
            header = [*map(prepared, names), *(ours if for_people else ERROR_COLUMNS)]
            size += output.write(dialect.encode(dialect.record(header)))
        for (row, line), entries in rows:
            raw = entries[0]["raw"]
            problems = " | ".join(f"{entry['code']}: {entry['message']}" for entry in entries)
            if surplus := raw.get("_surplus"):
                problems += f" | more cells: {surplus}"
            # Of a file for people that came back, the row is kept as it came: with our apostrophes.
            original: Callable[[str], str] = unescape_cell if ESCAPED_COLUMN in raw else str
            cells = [prepared(original(raw.get(name, ""))) for name in names]
            cells += [str(row), str(line), problems, *(["yes"] if for_people else [])]
            record = dialect.encode(dialect.record(cells))
            size += len(record)
            if max_bytes is not None and size > max_bytes:
                break
            output.write(record)
            count += 1
    return count


def _columns(connection: Connection, file_id: int) -> list[str]:
    row = connection.execute(
        """
        select raw from ops.rejected_rows where file_id = %s and status = 'rejected'
        order by (select count(*) from json_object_keys(raw)) desc limit 1
        """,
        [file_id],
    ).fetchone()
    return [name for name in row[0] if name != "_surplus"] if row else []


def _rows(connection: Connection, file_id: int) -> Generator[tuple[tuple[int, int], list[dict[str, Any]]]]:
    with connection.transaction(), connection.cursor(f"rejected_{file_id}", row_factory=dict_row) as cursor:
        cursor.execute(
            """
            select row_number, line_number, code, message, raw
            from ops.rejected_rows where file_id = %s and status = 'rejected' order by row_number, rejected_row_id
            """,
            [file_id],
        )
        for position, entries in groupby(cursor, key=lambda entry: (entry["row_number"], entry["line_number"])):
            yield position, list(entries)


class _ErrorDialect:
    """Writes records in the dialect that a file's settings describe."""

    def __init__(self, file: FileFormat) -> None:
        self.file = file
        self.row_end = "\n" if file.row_end == "auto" else file.row_end
        self._special = [part for part in (file.delimiter, file.quote, self.row_end, "\n", "\r") if part]
        self._encoder = codecs.getincrementalencoder(file.encoding)(errors="replace")

    def record(self, cells: Iterable[str]) -> str:
        return self.file.delimiter.join(self._cell(cell) for cell in cells) + self.row_end

    def _cell(self, cell: str) -> str:
        quote = self.file.quote
        if not quote:
            # Nothing can be quoted here: our own messages must not break the record.
            return cell.replace(self.file.delimiter, " ").replace(self.row_end, " ")
        if any(part in cell for part in self._special):
            return quote + cell.replace(quote, quote * 2) + quote
        return cell

    def encode(self, text: str) -> bytes:
        return encode_bad_bytes(text, self._encoder)
