"""`wiseparts errors`: the rejected rows of a file."""

from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg.rows import dict_row

from wiseparts_pipeline.cli.files import print_files
from wiseparts_pipeline.cli.output import out, print_json, print_report, program
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.importing import ledger
from wiseparts_pipeline.importing.ledger import Connection
from wiseparts_pipeline.importing.rejects import write_error_file
from wiseparts_pipeline.warehouse import Warehouse

_ROW_NUMBERS_ON_SCREEN = 10


def errors(
    file_id: Annotated[int, typer.Argument(metavar="FILE_ID", help="The file's id in the import log.")],
    csv: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write the rows into a file like the original, to mend and send again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows of ops.rejected_rows as JSON.")] = False,
) -> None:
    """Show the rejected rows of a file, and why they were rejected."""
    with Warehouse.open() as warehouse, warehouse.connect() as connection:
        try:
            file = ledger.get(connection, file_id)
        except KeyError:
            raise typer.BadParameter(f"the import log has no file {file_id}", param_hint="FILE_ID") from None
        rows = _rejected_rows(connection, file_id)
        if csv is not None:
            importer = configuration_at_rest().importer(file["importer"])
            count = write_error_file(connection, file_id, csv, importer.file)
    if as_json:
        print_json({"rejected_rows": rows})
        return
    print_files([file])
    if rows:
        print_report(_by_fault(rows))
    if csv is not None:
        out.print(f"{count:,} rejected rows are in {csv}.")
    elif rows:
        out.print(f"{program()} errors {file_id} --csv PATH  writes them into a file to mend and send again.")


def _rejected_rows(connection: Connection, file_id: int) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "select * from ops.rejected_rows where file_id = %s order by row_number, rejected_row_id", [file_id]
        )
        return cursor.fetchall()


def _by_fault(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A line a fault of a column: how often, in which rows, and what was said about the first."""

    def fault(row: dict[str, Any]) -> tuple[str, str, str]:
        return row["code"], row["column_name"] or "", row["status"]

    grouped = [(key, list(entries)) for key, entries in groupby(sorted(rows, key=fault), fault)]
    return [
        {
            "code": code,
            "column": column,
            "status": status,
            "count": len(entries),
            "rows": _numbers([entry["row_number"] for entry in entries]),
            "first message": entries[0]["message"],
        }
        for (code, column, status), entries in grouped
    ]


def _numbers(numbers: list[int]) -> str:
    more = len(numbers) - _ROW_NUMBERS_ON_SCREEN
    return ", ".join(map(str, numbers[:_ROW_NUMBERS_ON_SCREEN])) + (f" and {more:,} more" if more > 0 else "")
