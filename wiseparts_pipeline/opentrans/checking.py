"""Whether a file is an openTRANS 2.1 document: parsed without entities and network, checked against the schema."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from lxml import etree

from wiseparts_pipeline.errors import WisepartsError

NAMESPACE = "http://www.opentrans.org/XMLSchema/2.1"
BMECAT = "http://www.bmecat.org/bmecat/2005"
# Of a document; those that people write have some thousand lines at most.
MOST_BYTES = 32 << 20

_SCHEMA = Path(__file__).parent / "schemas" / "opentrans_2_1.xsd"
_ELEMENT = re.compile(
    r"^Element '(?:\{[^}]*\})?([^']+)'(?:, attribute '([^']+)')?: (?:\[facet '\w+'\] )?(.*)$", re.DOTALL
)
_NAMESPACES = re.compile(r"\{[^{}\s]*(?://)[^{}\s]*\}")
_VALUES = re.compile(r"\{((?:'[^']*'(?:, )?)+)\}")
_EXPECTED = re.compile(r"\. Expected is( one of)? \( (.*) \)$", re.DOTALL)
_MOST_VALUES = 8
# One validation at a time: the log of what it finds belongs to the schema.
_VALIDATING = Lock()


class Unreadable(WisepartsError):
    """The file is no XML, no openTRANS 2.1, or has what a document must not have."""


@dataclass(frozen=True)
class Fault:
    """What is wrong in a document. `line`: of the file, if it is known; `element`: its name, or what it is about."""

    line: int | None
    element: str
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line is not None else ""
        return f"{place}{self.element}: {self.message}"


def parse(content: bytes) -> etree._Element:
    """The root of the document, such as ORDER. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(f"has more than {MOST_BYTES >> 20} MB, which no document has")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"is no XML that can be read: {error.msg}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("has a DOCTYPE, which a document must not have; have it sent without")
    if root.tag == f"{{{NAMESPACE}}}OPENTRANS" and len(root) == 1:
        root = root[0]
    return root


def schema_faults(root: etree._Element) -> list[Fault]:
    """In what a document is not as the schema wants it, in the order of its lines."""
    with _VALIDATING:
        schema = _schema()
        if schema.validate(root):
            return []
        return list(_faults(schema.error_log))


@cache
def _schema() -> etree.XMLSchema:
    # The schema of signatures declares entities of its own.
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(_SCHEMA), parser))


def _faults(errors: "etree._ListErrorLog") -> Iterator[Fault]:
    """Each once: libxml2 tells of a value that breaks a rule a second time, by the name of its type."""
    told: set[tuple[int, str]] = set()
    for error in errors:
        found = _ELEMENT.match(error.message)
        element, attribute, words = found.groups() if found else ("", None, error.message)
        element = f"{element}, attribute {attribute}" if attribute else element
        if (error.line, element) in told and "is not a valid value of" in words:
            continue
        told.add((error.line, element))
        if error.type_name == "SCHEMAV_CVC_ELT_1":
            words = "is not the root of an openTRANS 2.1 document; expected is ORDER or another one, in its namespace"
        yield Fault(error.line, element, _plain(element, words))


def _plain(element: str, words: str) -> str:
    """Without namespaces, long lists and patterns that nobody can read."""
    words = _NAMESPACES.sub("", words).strip().rstrip(".")
    if element.endswith("DATE") and " is not accepted by the pattern " in words:
        words = f"{words.partition(' is not accepted')[0]} is no day or time like 2026-01-31 or 2026-01-31T08:00:00"
    words = _EXPECTED.sub(r"; expected is\1 \2", words)
    return _VALUES.sub(_few, words)


def _few(values: re.Match[str]) -> str:
    names = values[1].split(", ")
    more = f" and {len(names) - _MOST_VALUES} more" if len(names) > _MOST_VALUES else ""
    return ", ".join(names[:_MOST_VALUES]) + more
