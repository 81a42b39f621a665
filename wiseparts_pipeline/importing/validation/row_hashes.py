"""What a row contains, as a number by which it is recognised when it is sent again."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_FACTOR = np.uint64(0x9E37_79B9_7F4A_7C15)
_SHIFT = np.uint64(32)


def row_hashes(columns: Mapping[str, pa.Array], rows: int) -> pa.Array:
    """For each row a number that is the same for the same cells in columns of the same names, as int64.

    Empty cells do not count, so that a column that comes to a file later changes nothing while it is empty; nor do
    columns that begin with `_`, so that a row is recognised in an error file.
    """
    total = np.zeros(rows, dtype=np.uint64)
    for name, cells in columns.items():
        if name.startswith("_"):
            continue
        filled = pc.fill_null(cells, "")
        values = _hash(np.asarray(filled.to_pandas(), dtype=object)) ^ _hash(np.array([name], dtype=object))
        values = values * _FACTOR
        values ^= values >> _SHIFT
        total += np.where(np.asarray(pc.equal(filled, "")), np.uint64(0), values * _FACTOR)
    return pa.array(total.view(np.int64))


def _hash(values: np.ndarray) -> np.ndarray:
    return pd.util.hash_array(values, categorize=False)
