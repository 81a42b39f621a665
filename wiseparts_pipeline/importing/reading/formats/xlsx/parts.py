"""The XML parts of a workbook, read by the local names of their elements.

Files saved as Strict Open XML differ from others in the namespaces only.
"""

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

_CHUNK = 1 << 16


class BrokenPart(Exception):
    """Why a part cannot be read."""


def local(name: str) -> str:
    """A name without its namespace's prefix."""
    return name.rpartition(":")[2]


def parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> expat.XMLParserType:
    """A parser that refuses document types, and with them entities."""

    def refuse(*_: object) -> None:
        raise BrokenPart("it has a document type")

    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartDoctypeDeclHandler = refuse
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = text
    return made


def parse(made: expat.XMLParserType, file: IO[bytes]) -> None:
    """Reads a part to its end. Raises ExpatError or BrokenPart."""
    while chunk := file.read(_CHUNK):
        made.Parse(chunk, False)
    made.Parse(b"", True)


def elements(file: IO[bytes]) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """The elements of a small part in order: the local names from the root, and the attributes by local name."""
    found: list[tuple[tuple[str, ...], dict[str, str]]] = []
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(local(name))
        found.append((tuple(path), {local(key): value for key, value in attributes.items()}))

    def end(_: str) -> None:
        path.pop()

    parse(parser(start, end), file)
    return found
