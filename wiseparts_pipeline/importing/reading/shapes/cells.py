"""The cells of a column as text: trimmed, with null for no value."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.formulas import ESCAPED_COLUMN, unescape
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading.rows import Batch

# Inside a character class.
INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_AROUND = rf"^[\s\pZ{INVISIBLE}]+|[\s\pZ{INVISIBLE}]+$"
# In bytes, of the cells of a column in a batch that repeats them.
_MOST_REPEATED = 128 << 20
# How they begin in UTF-8.
_FIRST_BYTES = (b"\xc2\xad", b"\xe2\x80", b"\xe2\x81", b"\xef\xbb\xbf")


def repeated(cells: pa.Array, positions: np.ndarray) -> pa.Array:
    """The cells at these positions, of which one may come very often. Raises RefusedFile for more than memory holds."""
    taken = pa.array(positions)
    check_repeated(pc.sum(pc.binary_length(cells).take(taken)).as_py() or 0)
    return cells.take(taken)


def check_repeated(size: int) -> None:
    """Raises RefusedFile for more bytes than the cells of a column may have in a batch."""
    if size > _MOST_REPEATED:
        raise RefusedFile(
            RefusalCode.ARCHIVE_LIMIT,
            f"A long text is repeated in so many rows that their cells come to more than {_MOST_REPEATED >> 20} MB."
            " Leave out what is no value of the rows.",
        )


def are_printable(cells: pa.Array) -> bool:
    """Whether the cells, and any that they were sliced off, are of ASCII letters, digits, signs and blanks."""
    return _are_within(cells, 0x20, 0x7E)


def _are_within(cells: pa.Array, first: int, last: int) -> bool:
    data = cells.buffers()[2]
    if not data:
        return True
    codes = np.frombuffer(data, np.uint8)
    return bool(codes.max() <= last) and (not first or bool(codes.min() >= first))


def has_invisible(cells: pa.Array) -> bool:
    """Whether any cell has a character that cannot be seen: a cheap hint."""
    if _are_within(cells, 0, 0x7F):
        return False
    text = cells.buffers()[2].to_pybytes()
    return any(first in text for first in _FIRST_BYTES)


def composed_cells(cells: pa.Array) -> pa.Array:
    """The cells in the form that all spellings share, with a letter and its accent in one character."""
    return cells if _are_within(cells, 0, 0x7F) else pc.utf8_normalize(cells, form="NFC")


def plain_cells(batch: Batch, column: str, null_values: Sequence[str]) -> pa.Array:
    """Trimmed text; null where the cell is empty or a null value."""
    cells = batch.columns[column]
    # An error file written for people, whose formulas were made harmless.
    if ESCAPED_COLUMN in batch.columns and column not in batch.joined:
        cells = unescape(cells)
    return trimmed_cells(cells, null_values)


def trimmed_cells(texts: pa.Array, null_values: Sequence[str]) -> pa.Array:
    """Texts as cells: without blanks and what cannot be seen around them; null where nothing is left or it is a null
    value."""
    trimmed = pc.utf8_trim_whitespace(texts)
    # Between letters some of these are part of a word.
    if has_invisible(trimmed):
        trimmed = pc.replace_substring_regex(trimmed, _AROUND, "")
    return pc.if_else(pc.is_in(trimmed, value_set=pa.array(["", *null_values], pa.string())), None, trimmed)
