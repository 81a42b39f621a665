"""A workbook: its sheets, the texts and number formats that they share, and the beginning of its calendar."""

import io
import posixpath
import shutil
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

import pyarrow as pa

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.archives import open_zip
from wiseparts_pipeline.importing.reading.formats.xlsx.number_formats import NumberFormat, number_format
from wiseparts_pipeline.importing.reading.formats.xlsx.parts import BrokenPart, elements
from wiseparts_pipeline.importing.reading.formats.xlsx.refusals import refuse_other_archives, refuse_other_files
from wiseparts_pipeline.importing.reading.formats.xlsx.texts import shared_texts
from wiseparts_pipeline.importing.reading.sources import Source

# Parts that are read into memory whole, and the most bytes that they may have.
_MOST_TEXTS = 64 << 20
_MOST_STYLES = 16 << 20
_MOST_OTHERS = 4 << 20
_BROKEN_XML = (BrokenPart, ExpatError, LookupError, ValueError)
# zipfile does not implement every compression.
_BROKEN = (*_BROKEN_XML, BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)


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

    @contextmanager
    def open_sheet(self, sheet: SheetPart) -> Iterator[IO[bytes]]:
        """The XML of a sheet."""
        with self._opened() as archive, archive.open(sheet.part) as opened:
            yield opened

    @contextmanager
    def _opened(self) -> Iterator[ZipFile]:
        with _seekable(self._source) as file:
            refuse_other_files(file)
            archive = open_zip(file, self._settings)
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
        self._elements = elements(self._open(self._workbook, _MOST_OTHERS))
        self.has_1904_dates = any(
            path[-1] == "workbookPr" and attributes.get("date1904", "0").lower() in ("1", "true", "on")
            for path, attributes in self._elements
        )

    def sheets(self) -> list[SheetPart]:
        """The sheets with cells, in the order in which Excel shows them."""
        parts = {id_: target for id_, kind, target in self._related if kind == "worksheet"}
        return [
            SheetPart(sheet["name"], self._member(parts[sheet["id"]]), sheet.get("state", "visible") == "visible")
            for path, sheet in self._elements
            if path[-2:] == ("sheets", "sheet") and sheet.get("id") in parts
        ]

    def formats(self) -> list[NumberFormat]:
        """By the number of a style; empty where the styles are missing or broken, as Excel then shows plain numbers."""
        try:
            found = elements(self._related_part("styles", _MOST_STYLES))
            codes = {
                int(attributes["numFmtId"]): attributes["formatCode"]
                for path, attributes in found
                if path[-2:] == ("numFmts", "numFmt")
            }
            numbers = [
                int(attributes.get("numFmtId", "0")) for path, attributes in found if path[-2:] == ("cellXfs", "xf")
            ]
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
        return [
            (
                relation["Id"],
                posixpath.basename(relation["Type"]),
                posixpath.normpath(posixpath.join("/", folder, relation["Target"].replace("\\", "/"))).lstrip("/"),
            )
            for path, relation in elements(self._open(relations, _MOST_OTHERS))
            if path[-1] == "Relationship" and relation.get("TargetMode") != "External"
        ]

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
