"""Reads the sheets of Excel workbooks."""

from wiseparts_pipeline.importing.reading.formats.xlsx.reader import open_workbook

__all__ = ["open_workbook"]
