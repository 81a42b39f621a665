"""Which parts of a file the importers that share it take: files in a zip archive, sheets of a workbook."""

from collections.abc import Sequence
from pathlib import Path

from wiseparts_pipeline.config.file_format import ALL_SHEETS
from wiseparts_pipeline.config.file_names import is_error_file
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.archives import all_members, members_taken


def members_left(path: Path, name: str, importer: ImporterSettings, others: Sequence[ImporterSettings]) -> list[str]:
    """The files that no importer reads of an archive of which each reads some: this one and those that share it.

    Raises RefusedFile for a file that two importers of the same entity would read, so that its rows would count twice.
    """
    if is_error_file(name) or not any(each.file.member for each in (importer, *others)):
        return []
    taken = members_taken(path, name, importer.file)
    for other in others:
        also = members_taken(path, name, other.file)
        if (
            other.entity == importer.entity
            and other.file.sheet == importer.file.sheet
            and (twice := sorted(taken & also))
        ):
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"{twice[0]} in the archive is read by the importers {importer.name} and {other.name}, both of"
                f" {importer.entity}. Make their `file.member` differ.",
            )
        taken |= also
    return [member for member in all_members(path, name, importer.file) if member not in taken]


def sheets_left(sheets: Sequence[str], others: Sequence[ImporterSettings]) -> tuple[str, ...]:
    """Those of the sheets that no importer takes which shares the file."""
    taken = {name for other in others for name in other.file.sheets}
    return () if ALL_SHEETS in taken else tuple(name for name in sheets if name not in taken)
