"""`wiseparts errors`: the rejected and deferred rows of a file, and those that were resolved since."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg.rows import class_row, dict_row

from wiseparts_pipeline.cli.files import print_files
from wiseparts_pipeline.cli.output import out, print_json, print_report, printable, program
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.config.operations.retention import RetentionSettings
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.importing.ledger import table as ledger
from wiseparts_pipeline.importing.ledger.rows import LedgerRow
from wiseparts_pipeline.warehouse import Connection, Warehouse

_ROW_NUMBERS_ON_SCREEN = 10

_TITLES = {
    "rejected": "Rejected: correct them and send them again",
    "waiting": "Waiting: loaded automatically as soon as the records they refer to arrive",
    "resolved": "Resolved: corrected, loaded or superseded since",
}


def errors(
    file_id: Annotated[int, typer.Argument(metavar="FILE_ID", help="The file's id in the import log.")],
    csv: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write the rows to a file like the original, to correct and send again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows of ops.rejected_rows as JSON.")] = False,
) -> None:
    """Show the rows of a file that are rejected or waiting, and why; then those that were resolved since."""
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        try:
            file = ledger.get(connection, file_id)
        except KeyError:
            raise typer.BadParameter(f"the import log has no file {file_id}", param_hint="FILE_ID") from None
        if csv is not None:
            configuration = configuration_at_rest()
            importer = configuration.importer(file.importer)
            _refuse_deleted(connection, file, configuration.retention)
            count = write_error_file(connection, file_id, csv, importer.file)
        if as_json:
            print_json({"rejected_rows": _entries(connection, file_id)})
            return
        faults = {status: _by_fault(connection, file_id, status) for status in _TITLES}
    print_files([file])
    for status, rows in faults.items():
        if rows:
            print_report(rows, title=_TITLES[status])
    if csv is not None:
        out.print(f"{count:,} rejected rows are in {csv}.")
    elif file.rows_rejected:
        if file.error_file:
            out.print(f"The sender finds the rejected rows in {printable(file.error_file)}.", soft_wrap=True)
        out.print(f"{program()} errors {file_id} --csv PATH  writes them to a file to correct and send again.")


def _refuse_deleted(connection: Connection, file: LedgerRow, retention: RetentionSettings) -> None:
    """Raises WisepartsError when cells of its rejected rows have been deleted for their age."""
    query = "select 1 from ops.rejected_entries where file_id = %s and status = 'rejected' and raw is null limit 1"
    if connection.execute(query, [file.file_id]).fetchone():
        raise WisepartsError(
            f"The cells of the rejected rows of {file.name} were deleted because they are older than"
            f" {retention.rejected_rows} (`rejected_rows` of the component Retention). The error file may still be"
            f" there: {file.error_file or 'it was not written'}."
        )


def _entries(connection: Connection, file_id: int) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            """
            select * from ops.rejected_rows where file_id = %s
            order by status = 'resolved', row_number, rejected_row_id
            """,
            [file_id],
        )
        return cursor.fetchall()


@dataclass(frozen=True)
class _Entry:
    """One of the first entries of a fault. `total`: how many entries the fault has."""

    code: str
    column_name: str | None
    resolved_by_file_id: int | None
    row_number: int
    message: str
    total: int


def _by_fault(connection: Connection, file_id: int, status: str) -> list[dict[str, Any]]:
    """One line per fault of a column: how often, in which rows, and the message about the first."""
    with connection.cursor(row_factory=class_row(_Entry)) as cursor:
        # A file can have very many: they are counted in the database.
        cursor.execute(
            """
            select code, column_name, resolved_by_file_id, row_number, message, total
            from (
                select *, count(*) over fault as total, row_number() over (fault order by row_number) as position
                from ops.rejected_rows
                where file_id = %s and status = %s
                window fault as (partition by code, column_name, resolved_by_file_id)
            ) as numbered
            where position <= %s
            order by code, column_name nulls first, resolved_by_file_id, position
            """,
            [file_id, status, _ROW_NUMBERS_ON_SCREEN],
        )
        faults = groupby(cursor, lambda entry: (entry.code, entry.column_name, entry.resolved_by_file_id))
        return [_line(list(entries)) for _, entries in faults]


def _line(entries: list[_Entry]) -> dict[str, Any]:
    first = entries[0]
    more = first.total - len(entries)
    return {
        "code": first.code,
        "column": first.column_name,
        "count": first.total,
        "rows": ", ".join(str(entry.row_number) for entry in entries) + (f" and {more:,} more" if more else ""),
        **({"by file": str(first.resolved_by_file_id)} if first.resolved_by_file_id else {}),
        "first message": first.message,
    }
