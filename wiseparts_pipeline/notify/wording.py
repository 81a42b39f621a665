"""Puts the outcome of a file into words for the person who sent it."""

from collections.abc import Mapping, Sequence

from wiseparts_pipeline.importing.faults import WarningCode
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.results import FileResult, ImportResult

COUNTS = ("read", "created", "updated", "unchanged", "superseded", "rejected", "waiting", "deleted")

# What follows the count, singular and plural. The meanings that the codes declare are for operators, with Markdown, and
# have no singular.
_WARNINGS: Mapping[str, tuple[str, str]] = {
    WarningCode.UNKNOWN_REFERENCE: (
        "row refers to a record that is not known (yet), and was loaded all the same",
        "rows refer to records that are not known (yet), and were loaded all the same",
    ),
    WarningCode.UNKNOWN_CODE: (
        "code is not among the known ones, and was loaded as it is",
        "codes are not among the known ones, and were loaded as they are",
    ),
    WarningCode.ROUNDED: (
        "value has more decimals than are kept, and was rounded",
        "values have more decimals than are kept, and were rounded",
    ),
    WarningCode.MISSING_COLUMN: (
        "column that the importer looks for is not in the file; what is stored in it was kept",
        "columns that the importer looks for are not in the file; what is stored in them was kept",
    ),
    WarningCode.CLOCK_CHANGE: (
        "time is in an hour that occurs twice or never when the clocks change, so it may be an hour off",
        "times are in an hour that occurs twice or never when the clocks change, so they may be an hour off",
    ),
    WarningCode.SHEETS_NOT_READ: (
        "sheet of the workbook has the same columns as the one that was read, but was not read",
        "sheets of the workbook have the same columns as the one that was read, but were not read",
    ),
    WarningCode.MEMBERS_NOT_READ: (
        "file in the archive was not read, as no importer takes it",
        "files in the archive were not read, as no importer takes them",
    ),
    WarningCode.SAME_CONTENT: (
        "file with the same content came just before, so this one may be an old export",
        "files with the same content came just before, so these may be old exports",
    ),
    WarningCode.FORGOTTEN: (
        "row is of a person who was forgotten, so what is personal in it was left out; please delete this person",
        "rows are of persons who were forgotten, so what is personal in them was left out; please delete these persons",
    ),
    WarningCode.STALE: (
        "row is older than what is stored, which was kept",
        "rows are older than what is stored, which was kept",
    ),
    WarningCode.NOT_DELETED: (
        "record that is not in the file was kept, as a rejected row may be about it",
        "records that are not in the file were kept, as a rejected row may be about one of them",
    ),
    WarningCode.CONTINUED: (
        "row was added to a document that another file of the day has begun",
        "rows were added to documents that other files of the day have begun",
    ),
    WarningCode.OVERWRITTEN: (
        "row changed a record that another list of the day had brought",
        "rows changed records that other lists of the day had brought",
    ),
    WarningCode.POSITIVE_CREDIT: (
        "row is a credit with a positive amount; if the file has no signs, the importer needs `sign_by`",
        "rows are credits with positive amounts; if the file has no signs, the importer needs `sign_by`",
    ),
    WarningCode.ALREADY_NEGATIVE: (
        "amount of a credit was negative already, and stayed so",
        "amounts of credits were negative already, and stayed so",
    ),
    WarningCode.REPEATED_HEADER: (
        "row is the header again, and was left out",
        "rows are the header again, and were left out",
    ),
    WarningCode.NOT_FOUND: (
        "value was looked up and not found, so what it stands for is empty",
        "values were looked up and not found, so what they stand for is empty",
    ),
    WarningCode.LEFT_OUT: (
        "row was left out, as the importer is set to",
        "rows were left out, as the importer is set to",
    ),
    WarningCode.WITHOUT_ROWS: (
        "row or record has nothing in the columns or the list that rows are made of",
        "rows or records have nothing in the columns or the list that rows are made of",
    ),
}
# Normal in many exports; needs no attention.
_USUAL = {WarningCode.ROUNDED, WarningCode.LEFT_OUT}

_LONGEST_NAME = 80


def counted(count: int, one: str, many: str) -> str:
    """`1 row`, `1,204 rows`."""
    return f"{count:,} {one if count == 1 else many}"


def rows(count: int) -> str:
    return counted(count, "row", "rows")


def printable(text: str) -> str:
    """One line without control characters, which is safe in a header and in a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))


def shortened(text: str, longest: int = _LONGEST_NAME) -> str:
    """The text, without its middle if it is too long."""
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def needs_attention(result: ImportResult) -> bool:
    """Whether someone should look into the outcome."""
    return bool(result.problems) or any(
        file.status is not Status.IMPORTED or file.file.error or _noteworthy(file.file.warnings)
        for file in result.files
    )


def warnings(found: Mapping[str, int], file_columns: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """A sentence for each code, and one with the names of columns that are missing; see LedgerRow."""
    named = missing_columns(file_columns or {})
    return [_warning(code, count) for code, count in found.items()] + ([named] if named else [])


def missing_columns(file_columns: Mapping[str, Sequence[str]]) -> str:
    """Which columns a file lacks, and then which nothing takes, as a name may be new; and which sheets are left.

    Empty if there is nothing to tell; see LedgerRow.
    """
    missing, unused, sheets, members = (
        ", ".join(map(printable, file_columns.get(what, ()))) for what in ("missing", "unused", "sheets", "members")
    )
    sentences = []
    if missing:
        sentences.append(f"The file has no column {missing}.")
        sentences += [f"Nothing takes its columns {unused}."] if unused else []
    if sheets:
        sentences.append(f"Its sheets {sheets} have the same columns and were not read: `sheet` says which are.")
    if members:
        sentences.append(f"No importer takes {members} of the archive: `file.member` says which it takes.")
    return " ".join(sentences)


def _warning(code: str, count: int) -> str:
    one, many = _WARNINGS.get(code, (f"× {code.replace('_', ' ')}",) * 2)
    return counted(count, one, many)


def _noteworthy(found: Mapping[str, int]) -> int:
    return sum(count for code, count in found.items() if code not in _USUAL)


def subject(importer: str, results: Sequence[FileResult]) -> str:
    """What happened, at a glance: `sales: 3 rows rejected (SALES_18_09_2024.csv)`."""
    statuses = [result.status for result in results]
    parts = [
        f"{counted(number, 'file', 'files')} {status}"
        for status in (Status.FAILED, Status.REFUSED)
        if (number := statuses.count(status))
    ]
    loaded = [result.file for result in results if result.status not in (Status.FAILED, Status.REFUSED)]
    parts += [
        f"{rows(number)} {what}"
        for what in ("rejected", "waiting")
        if (number := sum(file.count(what) for file in loaded))
    ]
    if number := sum(file.error is not None for file in loaded):
        parts.append(f"{counted(number, 'file', 'files')} not archived")
    if number := sum(_noteworthy(file.warnings) for file in loaded):
        parts.append(counted(number, "warning", "warnings"))
    if not parts:
        parts.append(f"ok, {rows(sum(file.rows_read for file in loaded))}")
    name = shortened(printable(results[0].file.name)) if len(results) == 1 else f"{len(results):,} files"
    return f"{importer}: {', '.join(parts)} ({name})"


def outcome(result: FileResult) -> str:
    """The outcome of a file in a few words."""
    match result.status:
        case Status.REFUSED:
            return "refused: nothing of it was loaded"
        case Status.FAILED:
            return "not imported yet: it will be tried again"
        case Status.IMPORTED_WITH_ERRORS:
            found = {what: result.file.count(what) for what in ("rejected", "waiting")}
            return ", ".join(["imported", *(f"{rows(count)} {what}" for what, count in found.items() if count)])
    return "imported"


def numbers(of: Sequence[int], total: int) -> str:
    """`Row 3`, `Rows 3, 8, 9 and 1,201 more`."""
    more = f" and {total - len(of):,} more" if total > len(of) else ""
    return f"{'Row' if total == 1 else 'Rows'} {', '.join(map(str, of))}{more}"
