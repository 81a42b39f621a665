"""Workbooks written part by part, also as libraries would not write them."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from wiseparts_pipeline.importing.reading.formats.xlsx.cells import letters_of

TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OF_PARTS = {
    TRANSITIONAL: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    STRICT: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def cell(value: str, type_: str = "", style: int = 0) -> str:
    """The attributes and content of a cell; its reference is added by `sheet`."""
    attributes = (f' s="{style}"' if style else "") + (f' t="{type_}"' if type_ else "")
    return f"{attributes}><v>{escape(value)}</v></c>"


def text(value: str) -> str:
    return f' t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def sheet(*rows: Sequence[str], namespace: str = TRANSITIONAL) -> str:
    """Rows of cells; an empty one is left out."""
    written = "".join(
        f'<row r="{number}">'
        + "".join(f'<c r="{letters_of(column)}{number}"{cell}' for column, cell in enumerate(cells) if cell)
        + "</row>"
        for number, cells in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{namespace}"><sheetData>{written}</sheetData></worksheet>'


def styles(*formats: int | str, namespace: str = TRANSITIONAL) -> str:
    """Style 0 has no format, style 1 the first one, and so on; a number is a built-in format."""
    codes = {number: code for number, code in enumerate(formats, 164) if isinstance(code, str)}
    defined = "".join(f'<numFmt numFmtId="{n}" formatCode={quoteattr(code)}/>' for n, code in codes.items())
    used = [0, *(each if isinstance(each, int) else number for number, each in enumerate(formats, 164))]
    styled = "".join(f'<xf numFmtId="{number}"/>' for number in used)
    return (
        f'<styleSheet xmlns="{namespace}"><numFmts>{defined}</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
        f"<cellXfs>{styled}</cellXfs></styleSheet>"
    )


def workbook(
    path: Path,
    sheets: Mapping[str, str] | str,
    *,
    formats: Sequence[int | str] = (),
    namespace: str = TRANSITIONAL,
    has_1904_dates: bool = False,
    states: Mapping[str, str] | None = None,
    other_parts: Mapping[str, str | bytes | None] | None = None,
) -> Path:
    """Writes the XML of sheets as a workbook; `other_parts` replace those of the same name, None leaves one out."""
    sheets = {"Sheet1": sheets} if isinstance(sheets, str) else sheets
    relations = _OF_PARTS[namespace]
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}" state="{(states or {}).get(name, "visible")}"/>'
        for n, name in enumerate(sheets, 1)
    )
    parts: dict[str, str | bytes | None] = {
        "_rels/.rels": _relations({"rId1": (f"{relations}/officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{relations}">'
        f'<workbookPr date1904="{int(has_1904_dates)}"/><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {f"rId{n}": (f"{relations}/worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)}
            | {"rIdS": (f"{relations}/styles", "styles.xml")}
        ),
        "xl/styles.xml": styles(*formats, namespace=namespace),
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": xml for n, xml in enumerate(sheets.values(), 1)}
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, content in (parts | dict(other_parts or {})).items():
            if content is not None:
                archive.writestr(name, content)
    path.write_bytes(written.getvalue())
    return path


def _relations(of: Mapping[str, tuple[str, str]]) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    each = "".join(f'<Relationship Id="{id_}" Type="{type_}" Target="{part}"/>' for id_, (type_, part) in of.items())
    return f'<Relationships xmlns="{namespace}">{each}</Relationships>'
