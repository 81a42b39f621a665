"""The names of a file's columns, from the cells of its header."""

import re
from collections.abc import Sequence, Sized

from wiseparts_pipeline.config.attributes import composed, repeated
from wiseparts_pipeline.formulas import ESCAPED_COLUMN, unescape_cell
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import sizes
from wiseparts_pipeline.importing.reading.bad_bytes import BAD_BYTES, show_bad_bytes

_UNNAMED = "_unnamed_"


def column_names(header: Sequence[str], encoding: str) -> list[str]:
    """A name for each cell of the header.

    Raises RefusedFile when names are missing, unreadable, not unique or too many.
    """
    if len(header) > sizes.MOST_NAMES:
        raise RefusedFile(RefusalCode.TOO_MANY_COLUMNS, columns=len(header), most=sizes.MOST_NAMES)
    names = [composed(name).strip() for name in header]
    if ESCAPED_COLUMN in names:
        names = [unescape_cell(name).strip() for name in names]
    if re.search(BAD_BYTES, "".join(names)):
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            f"The header is not {encoding} text: {show_bad_bytes(', '.join(names))[:200]!r}. "
            "Send it in that encoding, or set file.encoding to the one it has.",
        )
    # Spreadsheets leave delimiters after the last named column.
    named = [name for name in names if name]
    if not named:
        raise RefusedFile(RefusalCode.NO_HEADER, "The header line names no column.")
    columns = [name or f"{_UNNAMED}{position}" for position, name in enumerate(names, 1)]
    if twice := sorted(set(repeated(columns))):
        raise RefusedFile(RefusalCode.DUPLICATE_COLUMN, columns=", ".join(twice))
    return columns


def is_unnamed(column: str) -> bool:
    """Whether the column's header cell is empty."""
    return column.startswith(_UNNAMED)


def refuse_too_many(columns: Sized) -> None:
    """For formats whose rows name their columns. Raises RefusedFile when these are too many to be a table."""
    if len(columns) > sizes.MOST_COLUMNS:
        raise RefusedFile(
            RefusalCode.UNREADABLE,
            f"The rows have more than {sizes.MOST_COLUMNS} different fields. Where keys or dates are written as"
            " names of fields, write them as values.",
        )
