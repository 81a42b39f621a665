"""A workbook: its sheets, the texts and number formats that they share, and the beginning of its calendar."""

import io
import posixpath
import shutil
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TypeVar
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

import pyarrow as pa

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.archives import Limits, open_zip
from wiseparts_pipeline.importing.reading.formats.xlsx.number_formats import NumberFormat, number_format
from wiseparts_pipeline.importing.reading.formats.xlsx.parts import BrokenPart, elements
from wiseparts_pipeline.importing.reading.formats.xlsx.refusals import refuse_other_archives, refuse_other_files
from wiseparts_pipeline.importing.reading.formats.xlsx.texts import shared_texts
from wiseparts_pipeline.importing.reading.sources import Source

# Parts of which much is kept in memory, and the most bytes that they may have.
_MOST_TEXTS = 64 << 20
_MOST_STYLES = 16 << 20
_MOST_OTHERS = 4 << 20
# What a small workbook may unpack to: XML takes fifty times as long to read as delimited text.
_HARMLESS = 32 << 20
_ADVICE = "Send it as CSV."
# Excel has 65,490 styles, and 255 characters in the code of a format.
_MOST_CELL_STYLES = 65_490
_LONGEST_FORMAT = 255
# An archive has no more members.
_MOST_RELATED = 1_000
_BROKEN_XML = (BrokenPart, ExpatError, LookupError, ValueError)
# zipfile does not implement every compression.
_BROKEN = (*_BROKEN_XML, BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)

Found = TypeVar("Found")


@dataclass(frozen=True)
class SheetPart:
    """A sheet of cells. `part`: the name of its member in the archive."""

    name: str
    part: str
    is_visible: bool


class Workbook:
    """The parts of a workbook that its sheets share, read once.

    `texts`: the shared ones; `formats`: by the number of a style; `has_1904_dates`: day 0 is 1 January 1904. Raises
    RefusedFile for a file that is not a workbook.
    """

    def __init__(self, source: Source, settings: FileFormat) -> None:
        self._source = source
        self._settings = settings
        with self._opened() as archive:
            parts = _Parts(archive)
            self.sheets = parts.sheets()
            self.has_1904_dates = parts.has_1904_dates
            self.formats = parts.formats()
            self.texts = parts.texts()
        self._text_bytes: dict[str, int] = {}

    def check_texts(self, sheet: SheetPart, text_bytes: int) -> None:
        """Raises RefusedFile when the texts that cells share come to more than an archive may unpack to.

        `text_bytes`: what they come to in a sheet as far as it has been read, each text as often as cells refer to it.
        """
        if text_bytes > self._text_bytes.get(sheet.part, 0):
            self._text_bytes[sheet.part] = text_bytes
            self._text_limits.check(sum(self._text_bytes.values()))

    @contextmanager
    def open_sheet(self, sheet: SheetPart) -> Iterator[IO[bytes]]:
        """The XML of a sheet."""
        with self._opened() as archive, archive.open(sheet.part) as opened:
            yield opened

    @contextmanager
    def _opened(self) -> Iterator[ZipFile]:
        with _seekable(self._source) as file:
            refuse_other_files(file)
            packed_bytes = file.seek(0, io.SEEK_END)
            self._text_limits = Limits(packed_bytes, self._settings, advice=_ADVICE)
            archive = open_zip(file, self._settings, Limits(packed_bytes, self._settings, _HARMLESS, _ADVICE))
            with refuse_broken_workbooks():
                yield archive


class _Parts:
    """The parts of an archive by what they are for, as its relations say."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        # Some programs write backslashes, or another case than where they refer to a part.
        self._members = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        refuse_other_archives(self._members)
        roots = self._relations("")
        self._workbook = next((target for _, kind, target in roots if kind == "officeDocument"), "xl/workbook.xml")
        self._related = self._relations(self._workbook)
        self._sheets: list[dict[str, str]] = []
        self.has_1904_dates = False
        for path, attributes in elements(self._open(self._workbook, _MOST_OTHERS)):
            if path == ("sheets", "sheet"):
                _add(self._sheets, attributes, _MOST_RELATED, "sheets")
            elif path[-1] == "workbookPr" and attributes.get("date1904", "0").lower() in ("1", "true", "on"):
                self.has_1904_dates = True

    def sheets(self) -> list[SheetPart]:
        """The sheets with cells, in the order in which Excel shows them."""
        parts = {id_: target for id_, kind, target in self._related if kind == "worksheet"}
        sheets = [
            SheetPart(sheet["name"], self._member(parts[sheet["id"]]), sheet.get("state", "visible") == "visible")
            for sheet in self._sheets
            if sheet.get("id") in parts
        ]
        if len({sheet.part for sheet in sheets}) < len(sheets):
            raise BrokenPart("two sheets are the same part")
        return sheets

    def formats(self) -> list[NumberFormat]:
        """By the number of a style; empty where the styles are missing or broken, as Excel then shows plain numbers."""
        try:
            codes: dict[int, str] = {}
            numbers: list[int] = []
            for path, attributes in elements(self._related_part("styles", _MOST_STYLES)):
                if path == ("numFmts", "numFmt"):
                    if len(attributes["formatCode"]) > _LONGEST_FORMAT or len(codes) > _MOST_CELL_STYLES:
                        raise BrokenPart("it has too many formats, or too long ones")
                    codes[int(attributes["numFmtId"])] = attributes["formatCode"]
                elif path == ("cellXfs", "xf"):
                    _add(numbers, int(attributes.get("numFmtId", "0")), _MOST_CELL_STYLES, "styles")
        except _BROKEN_XML:
            return []
        distinct = {number: number_format(number, codes.get(number)) for number in set(numbers)}
        return [distinct[number] for number in numbers]

    def texts(self) -> pa.Array:
        """The texts that cells refer to by number."""
        if not any(kind == "sharedStrings" for _, kind, _ in self._related):
            return pa.array([], pa.string())
        return shared_texts(self._related_part("sharedStrings", _MOST_TEXTS))

    def _relations(self, part: str) -> list[tuple[str, str, str]]:
        """(id, kind, part) of those that a part refers to, in the archive only."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if not part and relations.lower() not in self._members:
            return []
        found: list[tuple[str, str, str]] = []
        for path, relation in elements(self._open(relations, _MOST_OTHERS)):
            if path[-1] == "Relationship" and relation.get("TargetMode") != "External":
                target = posixpath.join("/", folder, relation["Target"].replace("\\", "/"))
                target = posixpath.normpath(target).lstrip("/")
                _add(found, (relation["Id"], posixpath.basename(relation["Type"]), target), _MOST_RELATED, "parts")
        return found

    def _related_part(self, kind: str, most: int) -> IO[bytes]:
        target = next((target for _, of, target in self._related if of == kind), None)
        if target is None:
            raise BrokenPart(f"it has no {kind}")
        return self._open(target, most)

    def _open(self, part: str, most: int) -> IO[bytes]:
        info = self._archive.getinfo(self._member(part))
        if info.file_size > most:
            raise RefusedFile(
                RefusalCode.ARCHIVE_LIMIT,
                f"The workbook is too big: its part {info.filename} has {info.file_size >> 20} MB, more than"
                f" {most >> 20}. Send it as CSV.",
            )
        return self._archive.open(info)

    def _member(self, part: str) -> str:
        if part.lower() not in self._members:
            raise BrokenPart(f"its part {part} is missing")
        return self._members[part.lower()]


def _add(found: list[Found], each: Found, most: int, what: str) -> None:
    """Raises BrokenPart where there are too many of them."""
    if len(found) == most:
        raise BrokenPart(f"it has more than {most:,} {what}")
    found.append(each)


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


@contextmanager
def refuse_broken_workbooks() -> Iterator[None]:
    """Turns the errors about a workbook that is damaged into a refusal."""
    try:
        yield
    except _BROKEN as error:
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            f"The Excel file is broken ({type(error).__name__}: {error}). Open it in Excel, save it again, and send it"
            " again.",
        ) from None
