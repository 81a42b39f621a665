"""XML with any row element."""

from tests.fuzzing.given import Given, given
from tests.fuzzing.reading import check_reading
from tests.fuzzing.target import Target, tokens
from wiseparts_pipeline.config.file_format import FileFormat

_ROW_ELEMENTS = ("r", "a/r", "o/r", "r/r", "x/a/r")
# More than the declaration has.
_CHUNK = 150
_ENCODINGS = ("", "utf-8", "iso-8859-1", "utf-16", "windows-1253", "x", "idna")


def _run(data: bytes) -> None:
    content = Given(data)
    bytes_ = content.content
    if encoding := content.one_of(_ENCODINGS):
        bytes_ = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + bytes_
    if encoding == "utf-16":
        bytes_ = bytes_.decode(errors="replace").encode("utf-16")
    file = FileFormat(format="xml", row_element=content.one_of(_ROW_ELEMENTS))
    if content.seldom():
        before, inner, behind = bytes_.partition(b"<r")[0], *_inner(bytes_)
        bytes_ = before + inner * (200_000 // (len(inner) + 1)) + behind
    check_reading(bytes_, "f.xml", file, chunk=_CHUNK)


def _inner(bytes_: bytes) -> tuple[bytes, bytes]:
    """From the first row to the last, and what is behind it."""
    start, end = bytes_.find(b"<r"), bytes_.rfind(b"</r>")
    return (bytes_[start : end + 4], bytes_[end + 4 :]) if 0 <= start < end else (b"", b"")


TARGET = Target(
    _run,
    seeds=(
        given("<a><h>1</h><r><x>1</x><y c='2'>3</y></r><r id='4'>t</r></a>"),
        given("<o><n>1</n><a><r><x>1</x><x>2</x></r></a><a><q/><r/></a></o>", 0, 1),
        given("<a xmlns:p='u'><p:r>M6 <b>zinc</b> plated</p:r><r><![CDATA[<x>]]></r></a>", 1),
        given("<r>\u00e9</r>", 2),
    ),
    tokens=tokens(
        "<r>", "</r>", "<a>", "</a>", "<x>", "</x>", "<x/>", " y='1'", "<![CDATA[", "]]>", "<!--", "-->", "<?p ?>",
        "&lt;", "&#0;", "&#x10ffff;", "&e;", "<!DOCTYPE a [<!ENTITY e 'x'>]>", "<p:x>", "xmlns:p='u'", "<r/>",
        "<a>" * 60, "</a>" * 60, "<.>", "@", "..",
    ),
)  # fmt: skip
