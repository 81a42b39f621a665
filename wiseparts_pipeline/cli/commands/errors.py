"""`wiseparts errors`: the rejected and waiting rows of a file, and those that were resolved since."""

from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg.rows import dict_row

from wiseparts_pipeline.cli.files import print_files
from wiseparts_pipeline.cli.output import out, print_json, print_report, printable, program
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.importing import ledger
from wiseparts_pipeline.importing.error_files import write_error_file
from wiseparts_pipeline.warehouse import Connection, Warehouse

_ROW_NUMBERS_ON_SCREEN = 10

_TITLES = {
    "rejected": "Rejected: to be mended and sent again",
    "waiting": "Waiting: loaded by themselves as soon as what they refer to is there",
    "resolved": "Resolved: mended, loaded or replaced since",
}


def errors(
    file_id: Annotated[int, typer.Argument(metavar="FILE_ID", help="The file's id in the import log.")],
    csv: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write the rows into a file like the original, to mend and send again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows of ops.rejected_rows as JSON.")] = False,
) -> None:
    """Show the rows of a file that were rejected or wait, and why; then those that were resolved since."""
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        try:
            file = ledger.get(connection, file_id)
        except KeyError:
            raise typer.BadParameter(f"the import log has no file {file_id}", param_hint="FILE_ID") from None
        if csv is not None:
            importer = configuration_at_rest().importer(file["importer"])
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
    elif file["rows_rejected"]:
        if file["error_file"]:
            out.print(f"The sender finds the rejected rows in {printable(file['error_file'])}.", soft_wrap=True)
        out.print(f"{program()} errors {file_id} --csv PATH  writes them into a file to mend and send again.")


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


def _by_fault(connection: Connection, file_id: int, status: str) -> list[dict[str, Any]]:
    """A line a fault of a column: how often, in which rows, and what was said about the first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        # A file can have very many: they are counted where they are.
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
        grouped = [list(entries) for _, entries in groupby(cursor, _fault)]
    return [_line(entries) for entries in grouped]


def _fault(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["code"], entry["column_name"], entry["resolved_by_file_id"]


def _line(entries: list[dict[str, Any]]) -> dict[str, Any]:
    first = entries[0]
    more = first["total"] - len(entries)
    resolved_by = first["resolved_by_file_id"]
    return {
        "code": first["code"],
        "column": first["column_name"],
        "count": first["total"],
        "rows": ", ".join(str(entry["row_number"]) for entry in entries) + (f" and {more:,} more" if more else ""),
        **({"by file": str(resolved_by)} if resolved_by else {}),
        "first message": first["message"],
    }
