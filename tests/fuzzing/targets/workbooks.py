"""Excel workbooks, whose parts are made of the input: sheet, texts, styles, workbook, relations, another sheet."""

import io
from zipfile import ZIP_DEFLATED, ZipFile

from tests.fuzzing.given import Given, given
from tests.fuzzing.reading import check_reading
from tests.fuzzing.target import Target, tokens
from wiseparts_pipeline.config.file_format import FileFormat

_BETWEEN_PARTS = b"\x1d"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORKBOOK = (
    b"<workbook><workbookPr/><sheets><sheet name='A' sheetId='1' id='r1'/><sheet name='B' sheetId='2' id='r2'/>"
    b"</sheets></workbook>"
)
_STYLES = (
    b"<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy\\-mm\\-dd hh:mm'/><numFmt numFmtId='165'"
    b" formatCode='[h]:mm:ss'/><numFmt numFmtId='166' formatCode='0.00%'/></numFmts><cellXfs><xf numFmtId='0'/>"
    b"<xf numFmtId='14'/><xf numFmtId='164'/><xf numFmtId='165'/><xf numFmtId='166'/><xf numFmtId='49'/></cellXfs>"
    b"</styleSheet>"
)
_TEXTS = b"<sst><si><t>id</t></si><si><t>name</t></si><si><r><t>b</t></r><r><t>c</t></r></si></sst>"


def _relations(*of: tuple[str, str]) -> bytes:
    each = "".join(
        f"<Relationship Id='r{n}' Type='{_RELATIONS}/{kind}' Target='{part}'/>" for n, (kind, part) in enumerate(of, 1)
    )
    return f"<Relationships>{each}</Relationships>".encode()


_RELATED = _relations(
    ("worksheet", "worksheets/1.xml"),
    ("worksheet", "worksheets/2.xml"),
    ("styles", "styles.xml"),
    ("sharedStrings", "texts.xml"),
)
_NAMES = ("xl/worksheets/1.xml", "xl/texts.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_SHEET = b"<row r='1'><c t='s'><v>0</v></c></row>"


def _as_sheet(rows: bytes) -> bytes:
    return rows if rows.startswith(b"<?xml") else b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"


def _run(data: bytes) -> None:
    content = Given(data)
    parts = content.content.split(_BETWEEN_PARTS)
    settings = {
        "format": "xlsx",
        "sheet": content.one_of(("", "", "A", "B", "*", ("A", "B"))),
        "skip_lines": content.one_of((0, 0, 0, 1, 3)),
    }
    if names := content.one_of(((), (), ("a",), ("a", "b", "c"))):
        settings |= {"header": False, "names": names}
    many = content.seldom()
    rows = parts[0] * (100_000 // (len(parts[0]) + 1)) if many else parts[0]
    written = {
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/worksheets/2.xml": _as_sheet(parts[5] if parts[5:] else _SHEET),
    }
    defaults = (_SHEET, _TEXTS, _STYLES, _WORKBOOK, _RELATED)
    for at, (name, default) in enumerate(zip(_NAMES, defaults, strict=True)):
        part = (rows if at == 0 else parts[at] if parts[at:] else b"") or default
        written[name] = _as_sheet(part) if at == 0 else part
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, part in written.items():
            archive.writestr(name, part)
    bytes_ = file.getvalue() + bytes(len(rows) if many else 0)
    check_reading(bytes_, "f.xlsx", FileFormat.model_validate(settings), has_members=True)


TARGET = Target(
    _run,
    seeds=(
        given("<row r='1'><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>"
            "<row r='2'><c><v>1</v></c><c s='1'><v>45000</v></c></row>"),
        given(
            "<row r='1'><c r='A1' t='inlineStr'><is><t>a</t></is></c><c r='C1' t='str'><v>b</v></c></row><row r='3'>"
            "<c r='B3' t='b'><v>1</v></c><c r='C3' t='e'><v>#N/A</v></c></row><row><c t='d'><v>2025-01-31</v></c></row>"
            "</sheetData><mergeCells><mergeCell ref='A1:B3'/></mergeCells><sheetData>"
        ),
        given("<row><c t='s'><v>2</v></c></row>\x1d<sst><si><t>x_x000D_y</t><rPh><t>k</t></rPh></si></sst>", 4),
        given(
            "<row><c><v>1</v></c></row><row><c s='3'><v>1.5</v></c></row><row><c s='4'><v>0.125</v></c></row>", 0, 0, 2
        ),
    ),
    tokens=tokens(
        "<row>", "</row>", "<row r='", "<c>", "</c>", "<c r='A1'>", "<c r='XFD1048576'>", "<v>", "</v>", " t='s'",
        " t='str'", " t='inlineStr'", " t='d'", " t='e'", " t='n'", " s='1'", " s='2'", "<is><t>", "</t></is>", "\x1d",
        "<f>", "</f>", "1E+300", "-1", "60", "2958466", "0.9999999999", "99999999", "#REF!", "<si>", "</si>",
        "<mergeCell ref='A1:B2'/>", "hidden='1'", "date1904='1'", "state='hidden'", "formatCode='", "numFmtId='",
        "_x0000_", "_xD800_", "xml:space='preserve'", "[$-409]", "m/d/yy", "..", "/",
    ),
    longest=3_000,
)  # fmt: skip
