"""Files that are not workbooks of the present kind are named as what they are, with how to save them."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.importing.reading.read_back import refusal
from wiseparts_pipeline.importing.faults import RefusalCode

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000)


def stream(name: str) -> bytes:
    return OLE + name.encode("utf-16-le") + bytes(2000)


def archive(*names: str) -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w") as opened:
        for name in names:
            opened.writestr(name, "x")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (stream("Workbook"), "an Excel 97-2003 workbook (xls). Open it in Excel and save it as Excel Workbook (.xlsx)"),
        (stream("Book"), "a workbook of Excel 95 (xls)"),
        (stream("EncryptedPackage"), "has a password. Remove it in Excel"),
        (stream("WordDocument"), "a Word document"),
        (
            archive("[Content_Types].xml", "xl/workbook.bin"),
            "a binary workbook (xlsb). Open it in Excel and save it as",
        ),
        (archive("mimetype", "content.xml", "META-INF/manifest.xml"), "an OpenDocument file (ods)"),
        (archive("Index/Document.iwa"), "an Apple Numbers file. Export it as Excel (.xlsx)"),
        (archive("word/document.xml"), "a Word document"),
        (b"\xef\xbb\xbf\r\n<html xmlns:x=''><body><table><tr><td>a", "a web page (HTML) that is named like a workbook"),
        ("\ufeff<table><tr><td>a".encode("utf-16"), "a web page (HTML)"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "a web archive (MHTML)"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "an XML Spreadsheet of Excel 2003",
        ),
        (b"%PDF-1.7", "a PDF file"),
        (b"sku;price\nA-1;2\n", "If it is text, set `format: csv`."),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    refused = refusal(path, format="xlsx")
    assert refused.code is RefusalCode.UNREADABLE
    assert expected in str(refused)
