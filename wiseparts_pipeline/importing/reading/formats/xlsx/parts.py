"""The XML parts of a workbook, read by the local names of their elements.

Files saved as Strict Open XML differ from others in the namespaces only.
"""

from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from wiseparts_pipeline.importing.reading import sizes

_CHUNK = 1 << 16
# Elements of a workbook are nested less than 20 deep.
_DEEPEST = 100
# Several times as many as in the largest parts with styles.
_MOST_ELEMENTS = 1_000_000


class BrokenPart(Exception):
    """Why a part cannot be read."""


def local(name: str) -> str:
    """A name without its namespace's prefix."""
    return name.rpartition(":")[2]


def enter(path: list[str], name: str) -> str:
    """Adds an element to the path of those that are open; returns its local name. Raises BrokenPart."""
    if len(path) == _DEEPEST:
        raise BrokenPart(f"its elements are nested more than {_DEEPEST} deep")
    path.append(local(name))
    return path[-1]


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


def pieces(made: expat.XMLParserType, file: IO[bytes]) -> Iterator[None]:
    """Reads a part to its end, with a stop after each piece. Raises ExpatError or BrokenPart."""
    fed = 0
    while chunk := file.read(_CHUNK):
        made.Parse(chunk, False)
        fed += len(chunk)
        # A tag that has not ended is looked at again from its beginning with every piece.
        if fed - made.CurrentByteIndex > sizes.BLOCK:
            raise BrokenPart(f"a tag in it has more than {sizes.BLOCK:,} bytes")
        yield
    made.Parse(b"", True)
    yield


def elements(file: IO[bytes]) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """The elements of a part in order: the local names of the one around it and its own, and the attributes by name."""
    found: list[tuple[tuple[str, ...], dict[str, str]]] = []
    path: list[str] = []
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST_ELEMENTS:
            raise BrokenPart(f"a part has more than {_MOST_ELEMENTS:,} elements")
        enter(path, name)
        found.append((tuple(path[-2:]), {local(key): value for key, value in attributes.items()}))

    def end(_: str) -> None:
        path.pop()

    for _ in pieces(parser(start, end), file):
        yield from found
        found.clear()
