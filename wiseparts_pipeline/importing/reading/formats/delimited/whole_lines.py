"""Reads a text file as whole lines, for the formats that have one record on each."""

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.formats.delimited.reader import DelimitedFile
from wiseparts_pipeline.importing.reading.sources import Source

# No text has it, so that nothing divides a line.
_NO_DELIMITER = "\U0010fe02"


def open_lines(source: Source, settings: FileFormat, *, header: bool) -> DelimitedFile:
    """The file's lines in its only column, numbered without the blank ones; `header`: the first is not one of them."""
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
