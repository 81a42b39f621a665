"""Cells that a spreadsheet would run as a formula: escaped in files for people, and restored on import."""

import re

import pyarrow as pa
import pyarrow.compute as pc

# The column of an error file whose cells were escaped.
ESCAPED_COLUMN = "_escaped"

# The first characters of formulas, also in the full width of East Asian keyboards.
_FORMULA = "[=+@\t\r\n＝＋－＠-]"
_NEEDS_ESCAPE = re.compile(f"'*{_FORMULA}")
_ESCAPED = f"^'('*{_FORMULA})"
_PLAIN_NUMBER = re.compile(r"[+-](?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)")


def escape(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it; numbers like -5,00 stay as they are.

    One that begins with apostrophes and then like a formula gets another, so that `unescape` removes just that one.
    """
    return f"'{cell}" if _NEEDS_ESCAPE.match(cell) and not _PLAIN_NUMBER.fullmatch(cell) else cell


def unescape(cells: pa.Array) -> pa.Array:
    """Strings as they were before `escape`; null stays null."""
    return pc.replace_substring_regex(cells, _ESCAPED, r"\1")


def unescape_cell(cell: str) -> str:
    """One cell as it was before `escape`."""
    return re.sub(_ESCAPED, r"\1", cell)
