"""Reads an importer's file in record batches, whatever its format: every cell as text, nothing guessed."""

from pathlib import Path

from wiseparts_pipeline.importing.file_format import FileFormat
from wiseparts_pipeline.importing.reading.bad_bytes import BAD_BYTES, encode_bad_bytes, show_bad_bytes
from wiseparts_pipeline.importing.reading.delimited import DelimitedFile
from wiseparts_pipeline.importing.reading.records import ERROR_COLUMNS, Batch, Malformed, Records, Unjoined

__all__ = [
    "BAD_BYTES",
    "ERROR_COLUMNS",
    "Batch",
    "DelimitedFile",
    "Malformed",
    "Records",
    "Unjoined",
    "encode_bad_bytes",
    "open_records",
    "show_bad_bytes",
]


def open_records(path: Path, name: str, file: FileFormat) -> Records:
    """Opens a file that has this name on its server, from which it is told how it is packed.

    May be called again for the same file and gives the same rows and numbers. Raises RefusedFile when it cannot be read
    as the settings say.
    """
    return DelimitedFile(path, file)
