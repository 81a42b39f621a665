"""The texts of a workbook: those that cells share, and characters that XML cannot write."""

import re
from typing import IO

import pyarrow as pa

from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.bad_bytes import NUL
from wiseparts_pipeline.importing.reading.formats.xlsx.parts import BrokenPart, enter, parser, pieces

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# As many as fit into the part if they have a few letters.
_MOST_TEXTS = 4_000_000


def unescaped(text: str) -> str:
    """A text with its `_x000D_` and the like as the characters that they stand for."""
    if "_x" not in text:
        return text
    decoded = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # Characters beyond the first 65,536 are written as two, and half of one is no text.
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", NUL)


class CellText:
    """The text of one cell, put together from its runs. Raises BrokenPart for one that is longer than a row can be."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        if self._length > sizes.BLOCK:
            raise BrokenPart(f"a cell has more than {sizes.BLOCK:,} characters")

    def take(self) -> str:
        """The text, of which nothing is left."""
        text = unescaped("".join(self._pieces))
        self._pieces, self._length = [], 0
        return text


def shared_texts(file: IO[bytes]) -> pa.Array:
    """The part with shared texts; runs of one text are put together, and how to pronounce it is left out."""
    arrays: list[pa.Array] = []
    count = 0
    found: list[str] = []
    cell = CellText()
    path: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        if enter(path, name) == "si":
            cell.take()

    def text(piece: str) -> None:
        if path[-1] == "t" and "rPh" not in path:
            cell.add(piece)

    def end(_: str) -> None:
        if path.pop() == "si":
            found.append(cell.take())

    for _ in pieces(parser(start, end, text), file):
        count += len(found)
        if count > _MOST_TEXTS:
            raise BrokenPart(f"it has more than {_MOST_TEXTS:,} texts")
        # Texts of Python take several times the memory of Arrow's.
        arrays.append(pa.array(found, pa.string()))
        found.clear()
    return pa.concat_arrays(arrays)
