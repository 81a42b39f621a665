"""Finds the row element of XML and the columns of fixed-width text."""

import re
from collections import Counter
from xml.parsers import expat

_LINES = 1000
_LINE = re.compile(r"/[^/]*(?:item|line|position|row|record|zeile)$", re.IGNORECASE)


def find_row_element(data: bytes) -> str | None:
    """The path, as in `file.row_element`, of the element with child elements or attributes that repeats most often.

    One that is called a line or an item comes first, as addresses and numbers of a document may repeat more often.
    """
    parser = expat.ParserCreate()
    path: list[str] = []
    seen: Counter[str] = Counter()
    with_children: set[str] = set()
    with_attributes: set[str] = set()

    def start(name: str, attributes: dict[str, str]) -> None:
        if path:
            with_children.add("/".join(path))
        # Readers leave the prefix of a namespace out.
        path.append(name.rpartition(":")[2])
        seen["/".join(path)] += 1
        if attributes:
            with_attributes.add("/".join(path))

    def end(_: str) -> None:
        path.pop()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, False)
    except expat.ExpatError:
        return None
    lines = [element for element in with_children if _LINE.search(element)]
    repeated = [element for element in seen if seen[element] > 1]
    rows = lines or [each for each in repeated if each in with_children] or with_attributes.intersection(repeated)
    # The outermost of those that repeat equally often.
    return max(rows, key=lambda element: (seen[element], -element.count("/"), element), default=None)


def find_widths(text: str) -> list[int] | None:
    """The widths of aligned columns, by the positions that are blank in every line; None if there are none."""
    lines = [line for line in text.splitlines()[:_LINES] if line.strip()]
    if len(lines) < 3:
        return None
    width = max(map(len, lines))
    if width < 8 or width > 5000 or min(map(len, lines)) < 0.5 * width:
        return None
    blank = [all(line[place : place + 1] in ("", " ") for line in lines) for place in range(width)]
    starts = [place for place in range(width) if not blank[place] and (place == 0 or blank[place - 1])]
    if len(starts) < 2:
        return None
    starts[0] = 0
    return [after - before for before, after in zip(starts, [*starts[1:], width], strict=True)]
