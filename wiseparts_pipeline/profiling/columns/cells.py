"""The cells of a column, counted by their text."""

import re
from collections import Counter

# How often each text occurs in a column.
Cells = Counter[str]
# The share of a column's cells that have to be of a type for the column to be.
MOST = 0.9
# In a column of fewer cells than 1 / (1 - MOST), one may be wrong if there are at least so many.
_FEW = 3


def enough(cells: int) -> float:
    """How many of a column's cells have to be of a type for the column to be."""
    return min(MOST * cells, cells - 1) if cells >= _FEW else cells


def count_matching(cells: Cells, pattern: re.Pattern[str]) -> int:
    """How many cells match a pattern."""
    return sum(count for text, count in cells.items() if pattern.match(text))
