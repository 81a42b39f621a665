"""Reads a text file as whole lines, for the formats with one row per line."""

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.formats.delimited.reader import DelimitedFile
from wiseparts_pipeline.importing.reading.sources import Source

# Occurs in no text, so that lines are not divided.
_NO_DELIMITER = "\U0010fe02"


def open_lines(source: Source, settings: FileFormat, *, header: bool) -> DelimitedFile:
    """The file's lines as its only column; blank ones do not count as rows. `header`: the first line is left out."""
    whole = FileFormat(
        encoding=settings.encoding,
        delimiter=_NO_DELIMITER,
        quote="",
        row_end=settings.row_end,
        header=header,
        names=() if header else ("line",),
        skip_lines=settings.skip_lines,
        ignore_lines=settings.ignore_lines,
    )
    return DelimitedFile(source, whole, sizes.BATCH_BYTES_OF_LINES)
