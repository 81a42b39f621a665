"""Rejected rows: kept in a local file while an import runs, then copied into `ops.rejected_rows`."""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TextIO

from psycopg.rows import class_row

from wiseparts_pipeline.importing.faults import Fault
from wiseparts_pipeline.warehouse import Connection

_COLUMNS = "file_id, row_number, line_number, entity, key, column_name, code, message, value, raw"


# In characters; a row can have a million.
_MOST_OF_REFUSED = 16 << 20


@dataclass(frozen=True)
class _Cut:
    """The place in the local file up to which it has the faults of the first rows."""

    rows: int
    size: int


class RejectSpool:
    """Faults in a local file, until the connection is free to COPY them. `rows`: how many rows they belong to.

    `kept_of_refused`: of how many rows they are stored if the file is refused. A context manager that closes the file.
    """

    def __init__(self, path: Path, entity: str, file_id: int, kept_of_refused: int) -> None:
        self._path = path
        self._kept_of_refused = kept_of_refused
        self._size = 0
        self._cut: _Cut | None = None
        self._end: int | None = None
        self._entity = entity
        self._file_id = file_id
        self._file: TextIO = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_MINIMAL)
        self._last_row = 0
        self._written = 0
        self._counts: Counter[tuple[str, str | None]] = Counter()
        self._first: dict[tuple[str, str | None], Fault] = {}
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, faults: Iterable[Fault]) -> None:
        """Adds faults; those of one row must follow each other."""
        for fault in faults:
            if fault.row_number != self._last_row:
                if self._cut is None and (self.rows == self._kept_of_refused or self._size > _MOST_OF_REFUSED):
                    self._file.flush()
                    self._cut = _Cut(self.rows, self._file.tell())
                self.rows += 1
            self._last_row = fault.row_number
            self._counts[fault.code, fault.column] += 1
            self._first.setdefault((fault.code, fault.column), fault)
            self._size += self._writer.writerow(
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
        """Copies the faults added since the last call into `ops.rejected_rows`, in the caller's transaction."""
        self._file.flush()
        end = self._path.stat().st_size if self._end is None else self._end
        if end == self._written:
            return
        with (
            self._path.open("rb") as file,
            connection.cursor() as cursor,
            cursor.copy(f"copy ops.rejected_entries ({_COLUMNS}) from stdin (format csv)") as copy,
        ):
            file.seek(self._written)
            while data := file.read(min(1 << 20, end - file.tell())):
                copy.write(data)
            self._written = file.tell()

    def most_frequent(self) -> tuple[Fault, int]:
        """The first fault of the code and column that most rows have, and how many have it; there must be one."""
        ((kind, times),) = self._counts.most_common(1)
        return self._first[kind], times

    def keep_first(self) -> int:
        """Makes `write` begin again, after what it wrote was rolled back, and end as for a refused file.

        Returns the faults of how many rows it will have written; `rows` stays the number of all.
        """
        self._written = 0
        if self._cut is None:
            return self.rows
        self._end = self._cut.size
        return self._cut.rows


@dataclass(frozen=True)
class RejectedRow:
    """An entry of `ops.rejected_rows`: one fault of a row that was rejected or deferred."""

    row_number: int
    line_number: int
    key: str | None
    column_name: str | None
    code: str
    message: str
    value: str | None


def first_rejected(connection: Connection, file_id: int, limit: int) -> list[RejectedRow]:
    """The first entries of a file that are rejected or waiting, in file order."""
    with connection.cursor(row_factory=class_row(RejectedRow)) as cursor:
        # By table, as the view would join and sort all deferred rows of the file.
        return cursor.execute(
            """
            with rejected as (
                select rejected_row_id, row_number, line_number, key, column_name, code, message, value
                from ops.rejected_entries where file_id = %(file_id)s and status = 'rejected'
                order by row_number, rejected_row_id limit %(limit)s
            ),
            waiting as (
                select * from ops.deferred_entries where file_id = %(file_id)s and not exists (
                    select from ops.resolved_rows as resolved
                    where resolved.file_id = deferred_entries.file_id
                        and resolved.row_number = deferred_entries.row_number
                )
                and not exists (select from ops.resolved_files where file_id = %(file_id)s)
                order by row_number, rejected_row_id limit %(limit)s
            ),
            first as (
                select * from rejected
                union all
                select rejected_row_id, row_number, line_number, key, column_name, code, message, value
                from waiting inner join ops.deferred_rows using (file_id, row_number)
            )
            select row_number, line_number, key, column_name, code, message, value from first
            order by row_number, rejected_row_id limit %(limit)s
            """,
            {"file_id": file_id, "limit": limit},
        ).fetchall()
