"""The error file of an import: its rejected rows as they came, for the sender to correct and send again as they are."""

import codecs
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from psycopg.rows import class_row

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.formulas import ESCAPED_COLUMN, escape, unescape_cell
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, MADE_ROWS, SURPLUS, encode_bad_bytes
from wiseparts_pipeline.warehouse import Connection


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

    Waiting rows are left out, as they are loaded automatically. The dialect is the original's, so that corrected rows
    can be sent again as they are; cells beyond its columns are at the end of their row. Without `columns` those of the
    longest record are taken. `for_people`: what a spreadsheet would run as a formula is escaped, and a column
    `_escaped` marks the file for the next import. `max_bytes`: ends before the row that would make the file longer.
    """
    dialect = _ErrorDialect(file.error_format)
    added = (*ERROR_COLUMNS, ESCAPED_COLUMN)
    # The rejected rows may be from an error file themselves.
    names = [name for name in columns or _columns(connection, file_id) if name not in added]
    prepared: Callable[[str], str] = escape if for_people else str
    count = size = 0
    with target.open("wb") as output, closing(_rejected_rows(connection, file_id)) as rows:
        size += output.write(dialect.encode(dialect.row_end * dialect.file.skip_lines))
        if dialect.file.header:
            header = [*map(prepared, names), *(added if for_people else ERROR_COLUMNS)]
            size += output.write(dialect.encode(dialect.record(header)))
        for row in rows:
            # A row of an escaped file that came back is kept as it came, with the apostrophes added here.
            original: Callable[[str], str] = unescape_cell if ESCAPED_COLUMN in row.raw else str
            cells = [prepared(original(str(row.raw.get(name, "")))) for name in names]
            cells += [str(row.row_number), str(row.line_number), row.problems, *(["yes"] if for_people else [])]
            # Beyond the header, so that the row is rejected again unless they are moved to where they belong.
            cells += [prepared(original(cell)) for cell in row.surplus]
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
        select raw from ops.rejected_entries where file_id = %s and status = 'rejected'
        order by (select count(*) from json_object_keys(raw)) desc limit 1
        """,
        [file_id],
    ).fetchone()
    return [name for name in row[0] if name not in (SURPLUS, MADE_ROWS)] if row else []


@dataclass(frozen=True)
class _Entry:
    row_number: int
    line_number: int
    code: str
    message: str
    raw: dict[str, str | list[str]]

    @property
    def first_row(self) -> int:
        """The number of the first row that was made of the same row of the file."""
        made = re.fullmatch(r"(\d+)-\d+", str(self.raw.get(MADE_ROWS, "")))
        return int(made[1]) if made else self.row_number


@dataclass(frozen=True)
class _RejectedRow:
    row_number: int
    line_number: int
    raw: dict[str, str | list[str]]
    problems: str

    @property
    def surplus(self) -> list[str]:
        """The cells beyond the header."""
        found = self.raw.get(SURPLUS)
        return found if isinstance(found, list) else []


def _rejected_rows(connection: Connection, file_id: int) -> Generator[_RejectedRow]:
    with connection.transaction(), connection.cursor(f"rejected_{file_id}", row_factory=class_row(_Entry)) as cursor:
        # Of 100 at a time, as is psycopg's default, fetching took half of the time that writing the file did.
        cursor.itersize = 500
        cursor.execute(
            """
            select row_number, line_number, code, message, raw
            from ops.rejected_entries where file_id = %s and status = 'rejected' order by row_number, rejected_row_id
            """,
            [file_id],
        )
        # A row of the file is written once, however many rows were made of it.
        for (row, line), grouped in groupby(cursor, key=lambda entry: (entry.first_row, entry.line_number)):
            entries = list(grouped)
            raw = entries[0].raw
            problems = " | ".join(f"{entry.code}: {entry.message}" for entry in entries)
            if surplus := raw.get(SURPLUS):
                problems += f" | more cells: {surplus}; they are behind this one"
            yield _RejectedRow(row, line, raw, problems)


class _ErrorDialect:
    """Writes records in the dialect that a file's settings describe."""

    def __init__(self, file: FileFormat) -> None:
        self.file = file
        self.row_end = "\n" if file.row_end == "auto" else file.row_end
        special = (file.delimiter, file.quote, file.escape, self.row_end, "\n", "\r")
        self._special = [part for part in special if part]
        self._encoder = codecs.getincrementalencoder(file.encoding)(errors="replace")

    def record(self, cells: Iterable[str]) -> str:
        return self.file.delimiter.join(self._cell(cell) for cell in cells) + self.row_end

    def _cell(self, cell: str) -> str:
        quote, escape = self.file.quote, self.file.escape
        if escape:
            cell = cell.replace(escape, escape * 2)
        if not quote:
            # Nothing can be quoted in this dialect, and a message must not break its record.
            return cell.replace(self.file.delimiter, " ").replace(self.row_end, " ")
        if any(part in cell for part in self._special):
            return quote + cell.replace(quote, quote * 2) + quote
        return cell

    def encode(self, text: str) -> bytes:
        return encode_bad_bytes(text, self._encoder)
