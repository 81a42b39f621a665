"""The texts of a workbook: those that cells share, and characters that XML cannot write."""

import re
from typing import IO

import pyarrow as pa

from wiseparts_pipeline.importing.reading.bad_bytes import NUL
from wiseparts_pipeline.importing.reading.formats.xlsx.parts import local, parse, parser

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """A text with its `_x000D_` and the like as the characters that they stand for."""
    if "_x" not in text:
        return text
    decoded = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # Characters beyond the first 65,536 are written as two, and half of one is no text.
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", NUL)


def shared_texts(file: IO[bytes]) -> pa.Array:
    """The part with shared texts; runs of one text are put together, and how to pronounce it is left out."""
    found: list[str] = []
    pieces: list[str] = []
    path: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        path.append(local(name))
        if path[-1] == "si":
            pieces.clear()

    def text(piece: str) -> None:
        if path[-1] == "t" and "rPh" not in path:
            pieces.append(piece)

    def end(_: str) -> None:
        if path.pop() == "si":
            found.append(unescaped("".join(pieces)))

    parse(parser(start, end, text), file)
    return pa.array(found, pa.string())
