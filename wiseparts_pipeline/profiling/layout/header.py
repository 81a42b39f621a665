"""Finds whether the first row of a table is its header, and names the columns if it is not."""

import re
from collections.abc import Sequence

from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.terms import LAYOUTS, KnownLayout, is_name, key

_DATA = re.compile(
    r"^[+-]?[€$£]?[\d.,'\s]*\d[\d.,'\s]*(e[+-]?\d+|%|[€$£])?$"
    r"|^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$|^\d{1,2}:\d{2}(:\d{2})?$"
    r"|^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-|^[^@\s]+@[^@\s]+\.\w+$|^https?://"
)


def looks_like_data(cell: str) -> bool:
    """Whether a cell is a number, a date, a time or the like, which no column is called."""
    return _DATA.match(cell) is not None


def find_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> Finding[bool]:
    """Whether the first row is the header of the others."""
    filled = [cell for cell in first if cell]
    if not filled:
        return Finding(False, Confidence.LIKELY, "the first row is empty")
    confidence = Confidence.LIKELY if _may_go_on(first, rows) else Confidence.SURE
    known = [cell for cell in filled if is_name(cell)]
    typed = [cell for cell in filled if looks_like_data(cell)]
    if known and len(known) >= 0.3 * len(filled) and len(typed) <= 0.3 * len(filled):
        return Finding(True, confidence, f"it has names such as {', '.join(known[:3])}")
    if len(typed) > 0.15 * len(filled):
        return Finding(
            False, Confidence.SURE if len(typed) > 1 else Confidence.LIKELY, f"the first row contains {typed[0]}"
        )
    contrasts = [
        cell
        for position, cell in enumerate(first)
        if cell and not looks_like_data(cell) and _mostly_data([row[position] for row in rows[:200] if row[position]])
    ]
    if contrasts:
        return Finding(True, confidence, f"{contrasts[0]} is above numbers or dates")
    again = [[cell for cell, other in zip(first, row, strict=True) if cell and cell == other] for row in rows]
    below_title = [cells for above, cells in zip(rows, again[1:], strict=False) if sum(map(bool, above)) <= 1]
    if any(len(cells) > 1 and 2 * len(cells) >= len(filled) for cells in below_title):
        return Finding(True, Confidence.LIKELY, f"{filled[0]} comes again below another title, as names of columns do")
    if repeated := [cell for cells in again for cell in cells]:
        return Finding(False, Confidence.LIKELY, f"{repeated[0]} occurs in other rows of its column as well")
    unique = len(set(filled)) == len(first)
    return Finding(unique, Confidence.GUESS, "all cells are text, in the first row as in the others")


def _may_go_on(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the row below may belong to the header: it is the same, or names some columns that have none."""
    below = rows[0] if rows else ()
    named = [position for position, cell in enumerate(first) if cell]
    unnamed = [name for cell, name in zip(first, below, strict=False) if name and not cell]
    return list(first) == list(below) or (3 * len(unnamed) > len(named) and not any(map(looks_like_data, unnamed)))


def _mostly_data(cells: Sequence[str]) -> bool:
    return bool(cells) and sum(map(looks_like_data, cells)) >= 0.9 * len(cells)


def find_known_layout(rows: Sequence[Sequence[str]]) -> KnownLayout | None:
    """The known layout of a file without a header, if there is one."""
    width = len(rows[0]) if rows else 0
    for layout in LAYOUTS:
        if layout.fewest <= width <= len(layout.names) and all(
            all(re.search(pattern, row[position]) for row in rows[:200]) for position, pattern in layout.where.items()
        ):
            return layout
    return None


def invented_names(width: int) -> list[str]:
    return [f"column_{position}" for position in range(1, width + 1)]


def distinct_names(header: Sequence[str]) -> list[str]:
    """The names of a header, repeated ones made distinct by a number; empty ones are column_1 and so on."""
    names: list[str] = []
    for position, name in enumerate(header, 1):
        wanted = name or f"column_{position}"
        number = 1
        while wanted in names:
            number += 1
            wanted = f"{name}_{number}"
        names.append(wanted)
    return names


def repeated_names(header: Sequence[str]) -> list[str]:
    """The names that occur more than once in a header."""
    filled = [name for name in header if name]
    return sorted({name for name in filled if filled.count(name) > 1}, key=key)
