"""Finds out cheaply, while a file is read, that none of its keys occurs twice."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

# 40 MB of hashes; in a longer file the database looks for duplicates.
_MOST_ROWS = 5_000_000


class KeyHashes:
    """Hashes of the values of some columns. Equal keys have equal hashes, so no equal hashes means no duplicates."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = list(columns)
        # Only pages that are written to take memory.
        self._hashes = np.empty(_MOST_ROWS, dtype=np.uint64)
        self._rows = 0
        self._too_many = False

    def add(self, table: pa.Table) -> None:
        """Notes the rows of a table; those where a column is null have no key."""
        present = table.select(self._columns).drop_null()
        end = self._rows + len(present)
        self._too_many = self._too_many or end > _MOST_ROWS
        if self._too_many:
            return
        combined = np.zeros(len(present), dtype=np.uint64)
        for column in present.columns:
            values = np.asarray(column.to_pandas(), dtype=None if pa.types.is_integer(column.type) else object)
            combined = combined * np.uint64(1_099_511_628_211) + pd.util.hash_array(values, categorize=False)
        self._hashes[self._rows : end] = combined
        self._rows = end

    def may_repeat(self) -> bool:
        """Whether a key may occur twice, so that the database has to look."""
        hashes = self._hashes[: self._rows]
        hashes.sort()
        return self._too_many or bool((hashes[1:] == hashes[:-1]).any())
