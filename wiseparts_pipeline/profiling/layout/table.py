"""Finds where a table begins in delimited text: below titles, with or without a header that is like its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wiseparts_pipeline.profiling.layout.header import distinct_names, looks_like_data
from wiseparts_pipeline.profiling.layout.rows import TextRow, Writing, read_rows

_MOST_SKIPPED = 60
# A header may have so many cells more or fewer than the rows below.
_MOST_OFF = 2
_OTHER_DELIMITERS = (";", ",", "\t", "|", " ")


@dataclass(frozen=True)
class Table:
    """`first`: the first row of the table; `rows`: some of the rows after it. `start`: the lines before the first.

    `surplus`: how many cells these have more than the first, which is then a header; negative: fewer.
    `names`: those of the columns, where the first row is a header that no reader takes for it; `problem`: why.
    """

    first: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    start: int = 0
    lines_of_first: int = 1
    surplus: int = 0
    names: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_header(self) -> bool:
        """Whether the first row is a header, though it is not written like the rows below."""
        return bool(self.surplus or self.names)


def find_table(read: Sequence[TextRow], width: int) -> Table:
    """The table among the rows of a file, most of whose rows have so many cells."""
    if not read:
        return Table((), ())
    at = _first_of(read, width)
    rows = tuple(row.cells for row in read[at + 1 :] if row.width == width)
    first = read[at]
    if first.width != width:
        return Table(first.cells, (), _start(read, at), first.lines)
    if at and (table := _with_header_above(read[at - 1], (first.cells, *rows), _start(read, at - 1))):
        return table
    below = next((row for row in read[at + 1 :] if any(row.cells)), None)
    if below and below.width == width and (names := _names_in_groups(first.cells, below.cells, rows)):
        problem = "The header has two lines, the first of which groups the columns"
        lines = below.end - _start(read, at)
        return Table(first.cells, rows, _start(read, at), lines, names=names, problem=problem)
    return Table(first.cells, rows, _start(read, at), first.end - _start(read, at))


def _start(read: Sequence[TextRow], at: int) -> int:
    """How many lines are before a row; readers skip blank ones before the header."""
    return read[at - 1].end if at else 0


def _first_of(read: Sequence[TextRow], width: int) -> int:
    """The position of the first row that is as wide as most and no title."""
    start = next((position for position, row in enumerate(read[:_MOST_SKIPPED]) if row.width == width), 0)
    rows = [row.cells for row in read[start : start + _MOST_SKIPPED]]
    position = 0
    while _is_title(rows[position:]):
        position += 1
    if _is_fuller_header(rows[position:]):
        position += 1
    return start + position


def _is_title(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of the rows is a title or blank, filled up with delimiters, above rows with more in them."""
    if not rows or len(rows[0]) < 2:
        return False
    filled = [cell for cell in rows[0] if cell]
    # Of two columns, one is often empty: only a blank row below, or none in it, makes it a title.
    if len(rows[0]) == 2 and filled and any(rows[1] if len(rows) > 1 else ()):
        return False
    has_more_below = any(sum(map(bool, row)) > 1 for row in rows[1:])
    return len(filled) <= 1 and has_more_below and not any(map(looks_like_data, filled))


def _is_fuller_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the second of the rows is the header, as the first has few cells above it."""
    if len(rows) < 3 or not rows[0]:
        return False
    few, full = ([cell for cell in row if cell] for row in rows[:2])
    is_named = len(full) == len(rows[1]) > 3 and not any(map(looks_like_data, full))
    return is_named and 2 * len(few) < len(full) and any(looks_like_data(cell) for row in rows[2:5] for cell in row)


def _with_header_above(above: TextRow, rows: tuple[tuple[str, ...], ...], start: int) -> Table | None:
    """The table with a header that is not written like its rows, if the row above is one."""
    if not any(map(looks_like_data, rows[0])):
        return None
    width, lines = len(rows[0]), above.end - start
    if above.is_broken and len(above.cells) == width and _are_names(above.cells):
        problem = "The quotes of the header are not in order"
        return Table(above.cells, rows, start, lines, names=_distinct(above.cells, width), problem=problem)
    surplus = width - len(above.cells)
    if surplus and abs(surplus) <= _MOST_OFF and _are_names(filter(None, above.cells)):
        names, problem = _of_other_width(above, rows, width)
        return Table(above.cells, rows, start, lines, surplus, names, problem)
    for delimiter in _OTHER_DELIMITERS:
        row = next(read_rows(above.text, Writing(delimiter)), None)
        if row and row.width == width > 2 and _are_names(row.cells):
            problem = f"The header is divided by {delimiter!r}, unlike the rows"
            return Table(row.cells, rows, start, lines, names=_distinct(row.cells, width), problem=problem)
    return None


def _are_names(cells: Iterable[str]) -> bool:
    names = list(cells)
    return len(names) > 1 and len(set(names)) == len(names) and not any(map(looks_like_data, names))


def _of_other_width(header: TextRow, rows: Sequence[tuple[str, ...]], width: int) -> tuple[tuple[str, ...], str]:
    """The names of the columns, and why they cannot be read from the header; none if they can."""
    surplus = width - len(header.cells)
    filled = tuple(filter(None, header.cells))
    if surplus > 0 and not header.is_broken and not any(any(row[len(header.cells) :]) for row in rows):
        return (), ""
    cells = "1 cell" if abs(surplus) == 1 else f"{abs(surplus)} cells"
    problem = f"The rows have {cells} {'more' if surplus > 0 else 'fewer'} than the header"
    return _distinct(filled if len(filled) == width else header.cells, width), problem


def _distinct(header: Sequence[str], width: int) -> tuple[str, ...]:
    return tuple(distinct_names([*header, *[""] * width][:width]))


def _names_in_groups(groups: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The names of columns in a row below the one that groups them; none where the two are no header."""
    lacks_name = [not (group or name) for group, name in zip(groups, names, strict=True)]
    has_names = not any(map(looks_like_data, (*groups, *names))) and not all(groups)
    others = [row for row in rows if any(row) and row != names]
    if not groups[0] or any(lacks_name) or not has_names or len(others) < 2:
        return ()
    if not any(name and _has_only_data(position, others) for position, name in enumerate(names)):
        return ()
    joined = []
    current = ""
    for group, name in zip(groups, names, strict=True):
        current = group or current
        joined.append(f"{current} {name}".strip())
    return tuple(distinct_names(joined))


def _has_only_data(position: int, rows: Sequence[Sequence[str]]) -> bool:
    cells = [row[position] for row in rows[:200] if row[position]]
    return bool(cells) and all(map(looks_like_data, cells))
