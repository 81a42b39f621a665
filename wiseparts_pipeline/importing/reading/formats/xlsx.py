"""Reads a sheet of an Excel file."""

import io
import shutil
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.archives import open_zip
from wiseparts_pipeline.importing.reading.batching import Row, in_batches
from wiseparts_pipeline.importing.reading.formats.header import column_names
from wiseparts_pipeline.importing.reading.formats.typed_values import text_by_type
from wiseparts_pipeline.importing.reading.rows import Batch
from wiseparts_pipeline.importing.reading.sources import Source, refuse_other_formats

# openpyxl warns about what it would not keep when writing a file, which does not matter here.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")

_ZIP = b"PK\x03\x04"
# These parts of a workbook are read into memory whole, the texts as strings and the others as trees.
_MOST_IN_MEMORY = {"sharedstrings.xml": 64 << 20, "styles.xml": 16 << 20, "workbook.xml": 4 << 20}
# What openpyxl raises for a broken file.
_BROKEN = (
    InvalidFileException,
    ParseError,
    BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    OSError,
)


class SheetFile:
    """The first sheet that is not hidden, or the one that the settings name; see FileRows.

    Read by openpyxl, which streams: 200,000 rows of 14 columns take 24 s and 54 MB there, and 2 s and 248 MB, growing
    with the rows, by python-calamine. Cells to the right of the last column that has a name are not read.
    """

    def __init__(self, source: Source, settings: FileFormat) -> None:
        self._source = source
        self._settings = settings
        self._text_of = text_by_type(settings)
        with _opened_sheet(source, settings) as sheet:
            self.columns = self._read_header(sheet) if settings.header else list(settings.names)

    def _read_header(self, sheet: Any) -> list[str]:
        _, cells = next(self._filled_rows(sheet), (0, None))
        if cells is None:
            raise RefusedFile(RefusalCode.EMPTY_FILE, "The sheet is empty.")
        last = max(position for position, cell in enumerate(cells) if cell.strip())
        return column_names(cells[: last + 1], self._settings.encoding)

    def batches(self) -> Iterator[Batch]:
        """See FileRows; the line of a row is its number in the sheet, and rows without a filled cell are skipped."""
        return in_batches(self.columns, self._rows())

    def _rows(self) -> Iterator[Row]:
        width = len(self.columns)
        with _opened_sheet(self._source, self._settings) as sheet:
            for number, cells in islice(self._filled_rows(sheet), int(self._settings.header), None):
                missing = width - len(cells)
                if missing > 0:
                    cells += [""] * missing
                elif missing < 0 and (self._settings.header or not any(map(str.strip, cells[width:]))):
                    del cells[width:]
                yield Row(
                    number,
                    cells,
                    None if len(cells) == width else f"The row has {len(cells)} cells, `names` has {width} columns.",
                )

    def _filled_rows(self, sheet: Any) -> Iterator[tuple[int, list[str]]]:
        text_of = self._text_of
        with _refuse_broken_workbooks():
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                if number > self._settings.skip_lines:
                    cells = [text_of[type(value)](value) for value in row]
                    if any(map(str.strip, cells)):
                        yield number, cells


@contextmanager
def _opened_sheet(source: Source, settings: FileFormat) -> Iterator[Any]:
    with _seekable(source) as file:
        _check_archive(file, settings)
        yield _sheet(file, settings)


def _sheet(file: IO[bytes], settings: FileFormat) -> Any:
    with _refuse_broken_workbooks():
        workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheets = {sheet.title: sheet for sheet in workbook.worksheets}
        shown = [sheet for sheet in sheets.values() if sheet.sheet_state == "visible"]
    if settings.sheet and settings.sheet not in sheets:
        raise RefusedFile(
            RefusalCode.UNREADABLE, f"The file has no sheet {settings.sheet!r}. It has: {', '.join(sheets)}."
        )
    if not sheets:
        raise RefusedFile(RefusalCode.EMPTY_FILE, "The file has no sheet with cells.")
    sheet = sheets[settings.sheet] if settings.sheet else [*shown, *sheets.values()][0]
    # Some programs state a range that their rows exceed.
    sheet.reset_dimensions()
    return sheet


@contextmanager
def _seekable(source: Source) -> Iterator[IO[bytes]]:
    with closing(source.open()) as opened:
        if isinstance(opened, io.BufferedReader):
            yield opened
            return
        with TemporaryFile() as unpacked:
            shutil.copyfileobj(opened, unpacked)
            unpacked.seek(0)
            yield unpacked


def _check_archive(file: IO[bytes], settings: FileFormat) -> None:
    """An Excel file is a zip archive."""
    beginning = file.read(8)
    if not beginning:
        raise RefusedFile(RefusalCode.EMPTY_FILE)
    wanted = "an Excel (xlsx) file. Save it as an Excel workbook (.xlsx) without a password"
    if not beginning.startswith(_ZIP):
        refuse_other_formats(beginning, wanted)
        raise RefusedFile(RefusalCode.UNREADABLE, f"This is not {wanted}.")
    for info in open_zip(file, settings).infolist():
        most = _MOST_IN_MEMORY.get(info.filename.rpartition("/")[2].lower())
        if most is not None and info.file_size > most:
            raise RefusedFile(
                RefusalCode.ARCHIVE_LIMIT,
                f"The workbook is too big: its part {info.filename} has {info.file_size >> 20} MB, more than"
                f" {most >> 20}. Send it as CSV.",
            )


@contextmanager
def _refuse_broken_workbooks() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            f"The Excel file is broken ({type(error).__name__}: {error}). Open it in Excel, save it again, and send it"
            " again.",
        ) from None
