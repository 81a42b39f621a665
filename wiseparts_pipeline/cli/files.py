"""Prints files of the import log."""

from collections.abc import Sequence
from typing import Any

from wiseparts_pipeline.cli.output import out, print_report, printable
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.ledger.rows import LedgerRow
from wiseparts_pipeline.notify.wording import missing_columns

_COUNTS = ("read", "created", "updated", "unchanged", "rejected")
# Shown only when a file has any.
_RARE_COUNTS = ("superseded", "waiting", "deleted")


def print_files(files: Sequence[LedgerRow]) -> None:
    """Print one row per file, and below them the errors of whole files."""
    rare = [count for count in _RARE_COUNTS if any(file.count(count) for file in files)]
    print_report([_row(file, [*_COUNTS, *rare]) for file in files])
    for file in files:
        if file.error:
            out.print(f"{printable(file.name)}: {printable(_error(file))}{_what_now(file)}", soft_wrap=True)
        if columns := missing_columns(file.file_columns):
            out.print(f"{printable(file.name)}: {columns}", soft_wrap=True)


def _row(file: LedgerRow, counts: Sequence[str]) -> dict[str, Any]:
    return {
        "id": str(file.file_id or ""),
        "importer": file.importer,
        "file": file.name,
        "status": file.status,
        **{count: file.count(count) for count in counts},
        "warnings": file.warnings,
    }


def _error(file: LedgerRow) -> str:
    """Why the file was not imported; a dry run, whose files have no id, writes no error file to look at."""
    error = file.error or ""
    return error if file.file_id else error.replace("See the error file, fix", "Fix")


def _what_now(file: LedgerRow) -> str:
    match file.status:
        case Status.REFUSED if file.file_id:
            place = printable(file.archived_to or file.path)
            return f" The file is gone {place}." if place.startswith("(") else f" It is in {place}."
        case Status.FAILED:
            return " It stays where it is; the next import tries again."
    return ""
