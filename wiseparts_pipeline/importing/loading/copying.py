"""Arrow tables in the form that PostgreSQL's COPY reads."""

import psycopg
import pyarrow as pa
import pyarrow.csv

_CSV = pyarrow.csv.WriteOptions(include_header=False)
_CENTS = pa.decimal128(20, 2)


class CopyWriter:
    """Writes encoded tables into a running COPY."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def write(self, encoded: pa.Buffer) -> None:
        self._copy.write(memoryview(encoded))


def encode(table: pa.Table) -> pa.Buffer:
    """A table as CSV as COPY reads it: null is an empty field, an empty text two quotes."""
    for position, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            table = table.set_column(position, column.name, _without_padding(table.column(position)))
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink, _CSV)
    return sink.getvalue()


def _without_padding(amounts: pa.ChunkedArray) -> pa.ChunkedArray:
    """With two decimals where that is exact, as for most amounts: half the digits to write and to read."""
    try:
        return amounts.cast(_CENTS)
    except pa.ArrowInvalid:
        return amounts
