"""Finds the row element of XML and the columns of fixed-width text."""

from collections import Counter
from xml.parsers import expat

_LINES = 1000


def find_row_element(data: bytes) -> str | None:
    """The path, as in `file.row_element`, of the element with child elements or attributes that repeats most often."""
    parser = expat.ParserCreate()
    path: list[str] = []
    seen: Counter[str] = Counter()
    parents: Counter[str] = Counter()

    def start(name: str, attributes: dict[str, str]) -> None:
        if path:
            parents["/".join(path)] += 1
        path.append(name)
        seen["/".join(path)] += 1
        if attributes:
            parents["/".join(path)] += 1

    def end(_: str) -> None:
        path.pop()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, False)
    except expat.ExpatError:
        return None
    rows = {element: count for element, count in seen.items() if parents[element] and count > 1}
    # The outermost of those that repeat equally often.
    return max(rows, key=lambda element: (rows[element], -element.count("/")), default=None)


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
