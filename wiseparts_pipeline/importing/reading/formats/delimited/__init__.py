"""Delimited text, and the lines of other text files, which are read as delimited text of one column."""

from wiseparts_pipeline.importing.reading.formats.delimited.reader import DelimitedFile
from wiseparts_pipeline.importing.reading.formats.delimited.whole_lines import open_lines

__all__ = ["DelimitedFile", "open_lines"]
