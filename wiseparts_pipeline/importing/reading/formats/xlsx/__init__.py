"""Reads the sheets of Excel workbooks."""

from wiseparts_pipeline.importing.reading.formats.xlsx.reader import first_rows, open_workbook

__all__ = ["first_rows", "open_workbook"]
