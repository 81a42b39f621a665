"""Files that are not Excel workbooks of the present kind, named as what they are, with how to save them."""

import re
from collections.abc import Collection
from typing import IO

from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.sources import refuse_other_formats

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_SAVE = "Open it in Excel and save it as Excel Workbook (.xlsx)"
_WANTED = "an Excel (xlsx) file. Save it as an Excel workbook (.xlsx) without a password"
# Streams of old files, by their names in UTF-16.
_STREAMS = {
    "EncryptedPackage": "This workbook has a password. Remove it in Excel (File, Info, Protect Workbook, Encrypt with"
    " Password), save it, and send it again",
    "Workbook": f"This is an Excel 97-2003 workbook (xls). {_SAVE}",
    "Book": f"This is a workbook of Excel 95 (xls). {_SAVE}",
    "WordDocument": "This is a Word document, not a workbook. Send an Excel workbook (.xlsx)",
}
_TEXTS = (
    (rb"urn:schemas-microsoft-com:office:spreadsheet", f"This is an XML Spreadsheet of Excel 2003. {_SAVE}"),
    (rb"<html|<!doctype html|<table|<body|<meta", f"This is a web page (HTML) that is named like a workbook. {_SAVE}"),
    (rb"^mime-version:", f"This is a web archive (MHTML) that is named like a workbook. {_SAVE}"),
    (rb"<office:document|opendocument", f"This is an OpenDocument spreadsheet. {_SAVE}"),
)
# Parts that only files of other kinds have.
_PARTS = (
    (r"xl/workbook\.bin", f"This is a binary workbook (xlsb). {_SAVE}"),
    (r"content\.xml", f"This is an OpenDocument file (ods). {_SAVE}"),
    (r"index/.*\.iwa|index\.zip", "This is an Apple Numbers file. Export it as Excel (.xlsx) in Numbers"),
    (r"word/document\.xml", "This is a Word document, not a workbook. Send an Excel workbook (.xlsx)"),
)
_BEGINNING = 4096


def refuse_other_files(file: IO[bytes]) -> None:
    """Raises RefusedFile for a file that is not a zip archive, which workbooks are."""
    beginning = file.read(_BEGINNING)
    if not beginning:
        raise RefusedFile(RefusalCode.EMPTY_FILE)
    if beginning.startswith(_ZIP):
        return
    if beginning.startswith(_OLE):
        _refuse_old_file(file)
    text = beginning.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    for pattern, what in _TEXTS:
        if re.search(pattern, text):
            raise _refused(what)
    refuse_other_formats(beginning, _WANTED)
    raise RefusedFile(RefusalCode.UNREADABLE, f"This is not {_WANTED}. If it is text, set `format: csv`.")


def refuse_other_archives(names: Collection[str]) -> None:
    """Raises RefusedFile for an archive with the parts of another kind of file; `names`: of its members."""
    for pattern, what in _PARTS:
        if any(re.fullmatch(pattern, name.lower()) for name in names):
            raise _refused(what)


def _refuse_old_file(file: IO[bytes]) -> None:
    """By the streams in it, which its directory names anywhere in the file."""
    file.seek(0)
    found: set[str] = set()
    before = b""
    while chunk := file.read(1 << 20):
        data = before + chunk
        found.update(name for name in _STREAMS if f"{name}\0".encode("utf-16-le") in data)
        before = data[-64:]
    for name, what in _STREAMS.items():
        if name in found:
            raise _refused(what)


def _refused(what: str) -> RefusedFile:
    return RefusedFile(RefusalCode.UNREADABLE, f"{what}.")
