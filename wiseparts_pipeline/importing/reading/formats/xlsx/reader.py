"""Which sheets of a workbook are read, and those that are left although they look the same."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from wiseparts_pipeline.config.file_format import ALL_SHEETS, FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.formats.xlsx.sheet import SheetFile
from wiseparts_pipeline.importing.reading.formats.xlsx.workbook import SheetPart, Workbook
from wiseparts_pipeline.importing.reading.members import SHEETS, MemberFiles
from wiseparts_pipeline.importing.reading.rows import FileRows
from wiseparts_pipeline.importing.reading.sources import Source

# A sheet with this part of the columns is meant to have all of them.
_ALIKE = 0.5


def open_workbook(source: Source, settings: FileFormat) -> FileRows:
    """The sheet or sheets that the settings name, without them the first that is not hidden.

    Raises RefusedFile.
    """
    workbook = Workbook(source, settings)
    if not workbook.sheets:
        raise RefusedFile(RefusalCode.EMPTY_FILE, "The file has no sheet with cells.")
    sheets = _chosen(workbook, settings)
    unread = _unread(workbook, sheets, settings)
    if isinstance(settings.sheet, str) and settings.sheet != ALL_SHEETS:
        return SheetFile(workbook, sheets[0], settings, unread=unread)
    by_name = {sheet.name: sheet for sheet in sheets}
    return MemberFiles(
        [Source(source.open, name) for name in by_name],
        lambda opened: SheetFile(workbook, by_name[opened.name], settings, names_rows=True, unread=unread),
        SHEETS,
    )


def first_rows(source: Source, most: int) -> list[list[str]]:
    """The texts of the first rows of the first sheet that is not hidden, whatever they are. Raises RefusedFile."""
    settings = FileFormat(format="xlsx", header=False, names=("_",))
    workbook = Workbook(source, settings)
    return [
        row for sheet in _chosen(workbook, settings) for row in SheetFile(workbook, sheet, settings).first_rows(most)
    ]


def _chosen(workbook: Workbook, settings: FileFormat) -> list[SheetPart]:
    if settings.sheet == ALL_SHEETS:
        return _alike(workbook, settings)
    if settings.sheet:
        names = [settings.sheet] if isinstance(settings.sheet, str) else settings.sheet
        return [_named(workbook, name) for name in names]
    return [*_visible(workbook), *workbook.sheets][:1]


def _unread(workbook: Workbook, sheets: Sequence[SheetPart], settings: FileFormat) -> list[str]:
    """Visible sheets with the same columns as those that are read; none where the settings name a single one."""
    others = [sheet for sheet in _visible(workbook) if sheet not in sheets]
    is_meant = isinstance(settings.sheet, str) and settings.sheet
    if not others or not settings.header or is_meant:
        return []
    read = _header(workbook, sheets[0], settings)
    return [sheet.name for sheet in others if read and _header(workbook, sheet, settings) == read]


def _named(workbook: Workbook, name: str) -> SheetPart:
    """As Excel compares names: in any case."""
    for sheet in workbook.sheets:
        if _comparable(sheet.name) == _comparable(name):
            return sheet
    names = ", ".join(sheet.name for sheet in workbook.sheets)
    raise RefusedFile(RefusalCode.UNREADABLE, f"The file has no sheet {name!r}. It has: {names}.")


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _visible(workbook: Workbook) -> list[SheetPart]:
    return [sheet for sheet in workbook.sheets if sheet.is_visible]


def _alike(workbook: Workbook, settings: FileFormat) -> list[SheetPart]:
    """The visible sheets with the columns that most of them have; one with hardly any of these is something else."""
    headers = {sheet.part: header for sheet in _visible(workbook) if (header := _header(workbook, sheet, settings))}
    if not headers:
        raise RefusedFile(RefusalCode.EMPTY_FILE, "The file has no visible sheet with a header.")
    usual = Counter(headers.values()).most_common(1)[0][0]
    return [
        sheet
        for sheet in _visible(workbook)
        if sheet.part in headers and len(usual & headers[sheet.part]) >= _ALIKE * len(usual)
    ]


def _header(workbook: Workbook, sheet: SheetPart, settings: FileFormat) -> frozenset[str] | None:
    try:
        return frozenset(SheetFile(workbook, sheet, settings).columns)
    except RefusedFile:
        return None
