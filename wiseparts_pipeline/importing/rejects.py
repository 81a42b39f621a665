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


class RejectSpool:
    """Faults in a local file, until the connection is free to COPY them. `rows`: how many rows they belong to.

    A context manager, which closes the file.
    """

    def __init__(self, path: Path, entity: str, file_id: int) -> None:
        self._path = path
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
            self.rows += fault.row_number != self._last_row
            self._last_row = fault.row_number
            self._counts[fault.code, fault.column] += 1
            self._first.setdefault((fault.code, fault.column), fault)
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
        """Copies the faults added since the last call into `ops.rejected_rows`, in the caller's transaction."""
        self._file.flush()
        if self._path.stat().st_size == self._written:
            return
        with (
            self._path.open("rb") as file,
            connection.cursor() as cursor,
            cursor.copy(f"copy ops.rejected_entries ({_COLUMNS}) from stdin (format csv)") as copy,
        ):
            file.seek(self._written)
            while data := file.read(1 << 20):
                copy.write(data)
            self._written = file.tell()

    def most_frequent(self) -> tuple[Fault, int]:
        """The first fault of the code and column that most rows have, and how many have it; there must be one."""
        ((kind, times),) = self._counts.most_common(1)
        return self._first[kind], times

    def rewind(self) -> None:
        """Makes `write` start from the beginning again, after what it wrote was rolled back."""
        self._written = 0


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
