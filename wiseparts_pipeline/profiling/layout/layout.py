"""How a file is laid out: the attributes of `file:` in its importer, and how sure each one is."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from wiseparts_pipeline.profiling.errors import InspectionError
from wiseparts_pipeline.profiling.finding import Confidence, Finding
from wiseparts_pipeline.profiling.layout.dialect import Dialect, find_dialect
from wiseparts_pipeline.profiling.layout.encoding import find_encoding, is_misread_utf8
from wiseparts_pipeline.profiling.layout.head import Head
from wiseparts_pipeline.profiling.layout.header import (
    distinct_names,
    find_header,
    find_known_layout,
    invented_names,
    repeated_names,
)
from wiseparts_pipeline.profiling.layout.structure import find_row_element, find_widths
from wiseparts_pipeline.profiling.opening import first_rows_of_workbook

_WORKBOOK_ROWS = 50
_FIXED_LINES = 1000


@dataclass
class FileLayout:
    """The findings about how a file is written.

    `facts`: all of them by name, those that are no attribute of `file:` included. `file`: the attributes of `file:`.
    `entity`: that of a known layout. `has_names`: whether the columns have names of their own.
    """

    facts: dict[str, Finding[Any]] = field(default_factory=dict)
    file: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    entity: str | None = None
    has_names: bool = True

    def add(self, attribute: str, finding: Finding[Any]) -> None:
        """An attribute of `file:` that was found out."""
        self.facts[attribute] = finding
        self.file[attribute] = finding.value

    def remove(self, attribute: str) -> None:
        """Takes an attribute back."""
        del self.facts[attribute], self.file[attribute]


def find_layout(path: Path, head: Head) -> FileLayout:
    """The layout of a file that begins with `head`. Raises InspectionError if it is not a table."""
    return _workbook(path) if head.is_workbook else _text(path, head)


def _workbook(path: Path) -> FileLayout:
    layout = FileLayout()
    layout.add("format", Finding("xlsx", Confidence.SURE, "it is an Excel file"))
    rows = [[cell.strip() for cell in row] for row in first_rows_of_workbook(path, _WORKBOOK_ROWS)]
    widths = Counter(sum(map(bool, row)) for row in rows if any(row))
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    skipped = next((number for number, row in enumerate(rows) if sum(map(bool, row)) >= 0.8 * usual and any(row)), 0)
    if skipped:
        layout.add("skip_lines", Finding(skipped, Confidence.LIKELY, "these rows have fewer cells than those below"))
    width = max(map(len, rows), default=0)
    padded = [(row + [""] * width)[:width] for row in rows]
    first = padded[skipped] if padded else []
    _find_header(layout, first, [row for row in padded[skipped + 1 :] if any(row)], 1)
    return layout


def _text(path: Path, head: Head) -> FileLayout:
    layout = FileLayout()
    if head.archive:
        inside = f"; {head.member} in it was looked at" if head.member else ""
        layout.facts["archive"] = Finding(head.archive, Confidence.SURE, f"it is unpacked automatically{inside}")
    encoding = find_encoding(head.data + head.elsewhere, complete=head.complete)
    text = head.data.decode(encoding.value, errors="replace").removeprefix("\ufeff")
    if not text.strip("\0 \t\r\n"):
        raise InspectionError(f"{path} has nothing but blanks.")
    if is_misread_utf8(text):
        layout.notes.append(
            "Some text is UTF-8 that was read as Latin-1 by an earlier program (such as Ã¡ for á); it stays as it is."
        )
    begin = text.lstrip()[:200]
    if begin.startswith("<"):
        return _xml(path, head, layout)
    layout.add("encoding", encoding)
    if begin.startswith("{") and _is_json(text):
        layout.add("format", Finding("jsonl", Confidence.SURE, "every line is a JSON object"))
        return layout
    if re.match(r"\[\s*[{\]]|\{\s*[\"}]", begin):
        kind = "list" if begin.startswith("[") else "object"
        raise InspectionError(
            f"{path} is a single JSON {kind}. JSON lines can be imported: one object per line, without a list."
        )
    dialect = find_dialect(text, complete=head.complete)
    if len(dialect.first) == 1 and (widths := find_widths(text)):
        return _fixed(text, widths, layout)
    _add_dialect(layout, dialect)
    return layout


def _is_json(text: str) -> bool:
    first = text.lstrip().splitlines()[0]
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return False


def _xml(path: Path, head: Head, layout: FileLayout) -> FileLayout:
    element = find_row_element(head.data)
    if element is None:
        raise InspectionError(f"{path} looks like XML or HTML, but no element repeats as the rows of a table do.")
    layout.add("format", Finding("xml", Confidence.SURE, "it begins with a tag"))
    layout.add("row_element", Finding(element, Confidence.LIKELY, "it repeats most often, or is called a line"))
    return layout


def _fixed(text: str, widths: list[int], layout: FileLayout) -> FileLayout:
    layout.add(
        "format", Finding("fixed", Confidence.LIKELY, "there is no delimiter, and the lines are aligned in columns")
    )
    layout.add("widths", Finding(widths, Confidence.GUESS, "every line has blanks at these positions"))
    cuts = list(pairwise([0, *(sum(widths[: number + 1]) for number in range(len(widths)))]))
    lines = [line for line in text.splitlines()[:_FIXED_LINES] if line.strip()]
    rows = [[line[start:end].strip() for start, end in cuts] for line in lines]
    _find_header(layout, rows[0], rows[1:], 1)
    return layout


def _add_dialect(layout: FileLayout, dialect: Dialect) -> None:
    layout.add("delimiter", dialect.delimiter)
    layout.file |= {"quote": dialect.quote, "row_end": dialect.row_end}
    if dialect.quote != '"':
        why = "cells are enclosed in it" if dialect.quote else "quotes have no special meaning: they would break rows"
        layout.add("quote", Finding(dialect.quote, Confidence.LIKELY, why))
    if dialect.escape:
        why = f"quotes inside of cells are written behind {dialect.escape}"
        layout.add("escape", Finding(dialect.escape, Confidence.LIKELY, why))
    if dialect.row_end != "auto":
        layout.add("row_end", Finding(dialect.row_end, Confidence.SURE, "most lines end with it"))
    if dialect.skip_lines:
        why = f"the table begins after {dialect.skipped[0][:60]!r}"
        layout.add("skip_lines", Finding(dialect.skip_lines, Confidence.SURE, why))
    if dialect.table.is_header:
        _add_unlike_header(layout, dialect)
    else:
        _find_header(layout, dialect.first, dialect.rows, dialect.table.lines_of_first)


def _add_unlike_header(layout: FileLayout, dialect: Dialect) -> None:
    """A header that is not written like the rows below: names that no reader could find are listed."""
    table = dialect.table
    header = [name for name in table.first if name]
    shown = ", ".join(header[:3]) + (", …" if len(header) > 3 else "")
    layout.facts["header"] = Finding(True, Confidence.LIKELY, f"{shown} are names, above rows that are unlike them")
    if not table.names:
        cells = "1 cell" if dialect.surplus == 1 else f"{dialect.surplus} cells"
        layout.notes.append(f"The rows end with {cells} more than the header has; all of these are empty and left out.")
        return
    skipped = dialect.skip_lines + table.lines_of_first
    layout.file |= {"header": False, "names": list(table.names), "skip_lines": skipped}
    layout.notes.append(
        f"{table.problem} ({shown}), so it is skipped and `names` lists the columns from the left. Check that each name"
        " is above its own cells."
    )


def _find_header(layout: FileLayout, first: Sequence[str], rows: Sequence[Sequence[str]], lines: int) -> None:
    """Finds whether the first row, which takes so many lines, is the header, and names for columns without one."""
    header = find_header(first, rows)
    layout.facts["header"] = header
    file = layout.file
    if header.value and (repeated := repeated_names(first)):
        file |= {"header": False, "names": distinct_names(first), "skip_lines": file.get("skip_lines", 0) + lines}
        layout.notes.append(
            f"The header has {', '.join(repeated)} more than once, so it is skipped and `names` lists the columns."
        )
    elif not header.value:
        known = find_known_layout([first, *rows])
        layout.has_names = known is not None
        layout.entity = known.entity if known else None
        file |= {"header": False, "names": list(known.names[: len(first)]) if known else invented_names(len(first))}
        if known is None:
            layout.notes.append(
                "The file has no header; column_1 and so on are made up. Give the columns their names in `names`, then"
                " in `columns`."
            )
