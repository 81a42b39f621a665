"""Arrow tables in the text format of PostgreSQL's COPY, which is faster to write and to read than CSV."""

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

_NULL = r"\N"
# What has a meaning in the format, and how it is written as text; the backslash first.
_ESCAPES = (("\\", r"\\"), ("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t"))
_CENTS = pa.decimal128(20, 2)


class CopyWriter:
    """Writes encoded tables into a running COPY."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def write(self, encoded: pa.Buffer) -> None:
        self._copy.write(memoryview(encoded))


def encode(table: pa.Table) -> pa.Buffer:
    """The rows of a table, one a line, with a tab between the values."""
    if not len(table):
        return pa.py_buffer(b"")
    *others, last = (_texts(column.combine_chunks()) for column in table.columns)
    ended = pc.binary_join_element_wise(last, "\n", "", null_handling="replace", null_replacement=_NULL)
    lines = pc.binary_join_element_wise(*others, ended, "\t", null_handling="replace", null_replacement=_NULL)
    # The texts of an Arrow array stand one behind the other.
    data: pa.Buffer = lines.buffers()[2]
    return data


def _texts(values: pa.Array) -> pa.Array:
    if pa.types.is_decimal(values.type):
        values = _without_padding(values)
    if not pa.types.is_string(values.type):
        return values.cast(pa.string())
    if _has_escapes(values):
        for character, escaped in _ESCAPES:
            values = pc.replace_substring(values, character, escaped)
    return values


def _has_escapes(texts: pa.Array) -> bool:
    """Whether a text, or one of those that they were sliced off, has characters that are to be escaped."""
    data = texts.buffers()[2]
    codes = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return bool((codes < ord(" ")).any() or (codes == ord("\\")).any())


def _without_padding(amounts: pa.Array) -> pa.Array:
    """With two decimals where that is exact, as for most amounts: half the digits to write and to read."""
    try:
        return amounts.cast(_CENTS)
    except pa.ArrowInvalid:
        return amounts
