"""Reads an importer's file of any format in batches of rows: every cell as text, nothing guessed."""

from pathlib import Path
from typing import Protocol

from wiseparts_pipeline.config.file_format import FileFormat, Format
from wiseparts_pipeline.config.file_names import is_error_file
from wiseparts_pipeline.importing.reading import archives
from wiseparts_pipeline.importing.reading.bad_bytes import BAD_BYTES, encode_bad_bytes, show_bad_bytes, show_invisible
from wiseparts_pipeline.importing.reading.formats.delimited import DelimitedFile
from wiseparts_pipeline.importing.reading.formats.fixed import FixedWidthFile
from wiseparts_pipeline.importing.reading.formats.json_lines import JsonLinesFile
from wiseparts_pipeline.importing.reading.formats.repeated_headers import WithoutRepeatedHeaders
from wiseparts_pipeline.importing.reading.formats.xlsx import open_workbook
from wiseparts_pipeline.importing.reading.formats.xml import XmlFile
from wiseparts_pipeline.importing.reading.members import MemberFiles
from wiseparts_pipeline.importing.reading.memory import give_back_at_once
from wiseparts_pipeline.importing.reading.rows import (
    ERROR_COLUMNS,
    MADE_ROWS,
    SHEET_COLUMN,
    SURPLUS,
    Batch,
    FileRows,
    Malformed,
    Unusable,
)
from wiseparts_pipeline.importing.reading.sources import Source

__all__ = [
    "BAD_BYTES",
    "ERROR_COLUMNS",
    "MADE_ROWS",
    "SHEET_COLUMN",
    "SURPLUS",
    "Batch",
    "FileRows",
    "Malformed",
    "Unusable",
    "encode_bad_bytes",
    "open_rows",
    "show_bad_bytes",
    "show_invisible",
]


class _Reader(Protocol):
    def __call__(self, source: Source, settings: FileFormat, /) -> FileRows: ...


_READERS: dict[Format, _Reader] = {
    "csv": DelimitedFile,
    "xlsx": open_workbook,
    "jsonl": JsonLinesFile,
    "xml": XmlFile,
    "fixed": FixedWidthFile,
}


def open_rows(path: Path, name: str, file: FileFormat) -> FileRows:
    """Opens a file; its name on the server decides whether it is read as a compressed file or as an error file.

    May be called again for the same file, with the same rows and numbers as the result. Raises RefusedFile when it
    cannot be read as the settings say.
    """
    give_back_at_once()
    return WithoutRepeatedHeaders(_opened(path, name, file))


def _opened(path: Path, name: str, file: FileFormat) -> FileRows:
    if is_error_file(name):
        return DelimitedFile(Source.of(path), file.error_format)
    sources = archives.sources(path, name, file)
    read = _READERS[file.format]
    if sources[0].name:
        return MemberFiles(sources, lambda source: read(source, file))
    return read(sources[0], file)
